import { expect, test } from 'vitest'
import { OutOfMemoryError } from '../../src/engine/engine.js'
import { ConflictError, NotFoundError, StocktakeError, UsageError } from '../../src/errors.js'
import { CommitConflictError } from '../../src/iceberg/catalog.js'
import { DocumentConflictError } from '../../src/lake/documents.js'
import { ObjectNotFoundError } from '../../src/lake/objectStore.js'
import { S3CredentialsError, S3UnavailableError } from '../../src/lake/s3Errors.js'
import { RequestRefusedError, toProblem } from '../../src/web/problems.js'

const SECRET = { subject: 's3://private-bucket/lake', got: 'AKIASECRET' }
const TOLD = { subject: 'name', expected: 'another', got: 'taken', fix: 'choose one' }

test.each<[string, unknown, boolean, number]>([
  ['UsageError of a query', new UsageError(TOLD), false, 400],
  ['UsageError of a body', new UsageError(TOLD), true, 422],
  ['NotFoundError', new NotFoundError(TOLD), false, 404],
  ['ConflictError', new ConflictError(TOLD), true, 409],
  ['RequestRefusedError', new RequestRefusedError(412, TOLD), true, 412],
  ['RequestRefusedError', new RequestRefusedError(503, TOLD), true, 503],
])('%s says what it is about', (_name, error, isChange, status) => {
  expect(toProblem(error, isChange)).toMatchObject({
    ...{ type: 'about:blank', status, detail: 'name: expected another, got taken; choose one' },
    ...TOLD,
  })
})

test.each<[string, unknown, number]>([
  ['Error', new Error('AKIASECRET'), 500],
  ['no error at all', 'AKIASECRET', 500],
  ['StocktakeError', new StocktakeError(SECRET), 500],
  ['S3CredentialsError', new S3CredentialsError(SECRET), 500],
  ['S3UnavailableError', new S3UnavailableError(SECRET), 503],
  ['OutOfMemoryError', new OutOfMemoryError(SECRET), 503],
  ['ObjectNotFoundError', new ObjectNotFoundError(SECRET), 404],
  ['DocumentConflictError', new DocumentConflictError(SECRET), 409],
  ['CommitConflictError', new CommitConflictError(SECRET), 409],
])('%s says nothing of the server', (_name, error, status) => {
  const problem = toProblem(error, false)
  expect(problem.status).toBe(status)
  expect(JSON.stringify(problem)).not.toMatch(/AKIASECRET|private-bucket/)
})

test('a cause is not told', () => {
  const problem = toProblem(new UsageError({ ...TOLD, cause: new Error('AKIASECRET') }), false)
  expect(problem).not.toHaveProperty('cause')
})
