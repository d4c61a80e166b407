import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { askCallerIdentity, CallerUnknownError, resolveCredentials } from '../../src/lake/callerIdentity.js'
import { S3CredentialsError } from '../../src/lake/s3Errors.js'
import { describeWithVersityGw, startVersityGw } from '../services/versityGw.js'

const keys = { accessKeyId: 'AKIA', secretAccessKey: 'the-secret', sessionToken: 'T' }

const ask = (endpoint: string, credentials = keys) =>
  askCallerIdentity(
    { region: 'us-east-1', endpoint, pathStyle: true },
    { credentials: async () => credentials, signal: new AbortController().signal },
  )

/** Asks a server that always answers so. @returns what comes of it, and the request's own headers */
async function askServer(status: number, body: string) {
  let seen: unknown
  const server = createServer((request, response) => {
    seen = { url: request.url, token: request.headers['x-amz-security-token'] }
    request.resume()
    response.writeHead(status)
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answer = await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).catch(
    (error: unknown) => error,
  )
  server.closeAllConnections()
  server.close()
  return { answer, seen }
}

test('who asks is what STS says', async () => {
  const arn = 'arn:aws:sts::123456789012:assumed-role/reader/jo'
  const body = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${arn}</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
  expect(await askServer(200, body)).toEqual({
    answer: { account: '123456789012', arn },
    seen: { url: '/', token: 'T' },
  })
})

test.each<[string, number, string]>([
  ['a list of buckets', 200, '<ListAllMyBucketsResult/>'],
  ['a refusal that may be about the service', 403, '<Error><Code>SignatureDoesNotMatch</Code></Error>'],
  ['a page', 404, '<html></html>'],
])('%s of a server that is not AWS says nothing about the credentials', async (_, status, body) => {
  expect((await askServer(status, body)).answer).toBeInstanceOf(CallerUnknownError)
})

test('no server', async () => expect(ask('http://127.0.0.1:1')).rejects.toThrow(CallerUnknownError))

test('no credentials', async () =>
  expect(
    resolveCredentials(() => Promise.reject(new Error('Could not load credentials from any providers'))),
  ).rejects.toThrow(S3CredentialsError))

describeWithVersityGw('versitygw, which has no STS', () => {
  test('says nothing about the credentials', async () => {
    const service = await startVersityGw()
    try {
      await expect(ask(service.endpoint, { ...keys, ...service.credentials })).rejects.toThrow(CallerUnknownError)
    } finally {
      await service.stop()
    }
  })
})
