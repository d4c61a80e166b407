import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { askYesOrNo } from '../../src/commands/terminalQuestion.js'
import { InterruptedError } from '../../src/errors.js'

function openTerminal() {
  const input = new PassThrough()
  const output = new PassThrough().setEncoding('utf8')
  const stop = new AbortController()
  const interrupt = () => stop.abort(new InterruptedError({ subject: 'interrupted' }))
  return { input, output, stop, ask: () => askYesOrNo('put this?', { input, output, interrupt }, stop.signal) }
}

test.each([
  ['y\n', true],
  [' Yes \n', true],
  ['n\n', false],
  ['\n', false],
  ['yesterday\n', false],
  ['yy\n', false],
])('%j is a yes: %s', async (typed, isYes) => {
  const { input, output, ask } = openTerminal()
  const answer = ask()
  input.write(typed)
  expect(await answer).toBe(isYes)
  expect(output.read()).toContain('put this? [y/N] ')
})

test('the end of the input is a no', async () => {
  const { input, ask } = openTerminal()
  const answer = ask()
  input.end()
  expect(await answer).toBe(false)
})

test('a signal ends the question, before it and while it stands', async () => {
  const { stop, ask } = openTerminal()
  const answer = ask()
  stop.abort(new InterruptedError({ subject: 'interrupted' }))
  await expect(answer).rejects.toThrow(InterruptedError)
  await expect(ask()).rejects.toThrow(InterruptedError)
})
