import { InterruptedError, UsageError } from '../errors.js'
import { FORMATS, type Format } from '../output/format.js'
import { writeRows } from '../output/rows.js'
import { formatSuggestion } from '../output/suggestion.js'
import { writeText } from '../output/textWriter.js'
import { prepareQuery } from '../snapshot/lakeQuery.js'
import { LAKE_VIEWS } from '../snapshot/lakeViews.js'
import type { MoreViews } from '../snapshot/moreViews.js'
import type { Context } from './globals.js'
import type { LakeSession } from './lakeSession.js'
import type { ShellInput } from './shellInput.js'

/** A lake that statements are run over, one after the other. */
export interface Shell {
  /**
   * Runs a statement and writes its rows, or does what a command says. A statement finds the lake as it is now.
   * @returns how many rows were written, or `quit`
   */
  execute(input: ShellInput): Promise<number | 'quit'>
  /** Ends the statement that is being executed, with an {@link InterruptedError}. */
  interrupt(): void
}

/** Between an interrupt and the next: one that comes while a statement is only about to run is lost on DuckDB. */
const INTERRUPT_MS = 50

/**
 * @param more views beside those of the lake
 * @param asOf the views hold no snapshot that was taken later
 */
export function openShell(session: LakeSession, context: Context, more: MoreViews, asOf?: Date): Shell {
  let format = context.format
  let isRunning = false
  let interrupting: NodeJS.Timeout | undefined
  const checkInterrupt = () => {
    if (interrupting) throw new InterruptedError({ subject: 'abandoned' })
  }
  const runStatement = async (sql: string): Promise<number> => {
    await prepareQuery(sql, session, asOf, more)
    checkInterrupt()
    const { columns, rows } = await session.engine.query(sql)
    let count = 0
    async function* counted() {
      for await (const row of rows) {
        checkInterrupt()
        count++
        yield row
      }
    }
    const names = columns.map(({ name }) => ({ name }))
    await writeRows(counted(), names, format, context.stdout, context.colors)
    return count
  }
  return {
    async execute(input) {
      if (input.kind === 'statement') {
        isRunning = true
        try {
          return await runStatement(input.sql)
        } catch (error) {
          checkInterrupt() // which is why DuckDB failed
          throw error
        } finally {
          isRunning = false
          clearInterval(interrupting)
          interrupting = undefined
        }
      }
      const command = commandOf(input.name)
      if (command === 'quit') return 'quit'
      if (command === 'format') format = parseFormat(input.argument, input.name)
      else if (command === 'help') await writeText(context.stdout, [HELP])
      else await writeText(context.stdout, [`${[...LAKE_VIEWS, ...(await more.list())].join('\n')}\n`])
      return 0
    },
    interrupt() {
      if (!isRunning) return
      session.engine.interrupt()
      interrupting ??= setInterval(() => session.engine.interrupt(), INTERRUPT_MS)
    },
  }
}

type ShellCommand = 'quit' | 'help' | 'tables' | 'format'

/** Under the names that they have in psql and in DuckDB's command. */
const COMMANDS: Readonly<Record<string, ShellCommand>> = {
  '.quit': 'quit',
  '.exit': 'quit',
  '\\q': 'quit',
  '.help': 'help',
  '\\?': 'help',
  '.tables': 'tables',
  '\\d': 'tables',
  '.format': 'format',
  '.mode': 'format',
}

function commandOf(name: string): ShellCommand {
  const command = COMMANDS[name]
  if (command) return command
  const fix = formatSuggestion(name, Object.keys(COMMANDS)) ?? '.help shows what there is'
  throw new UsageError({ subject: name, got: 'unknown command', fix })
}

const SHELL_FORMATS = FORMATS.filter(format => format !== 'arrow')

/** A table for each statement; of Arrow's streams only one can be read. @throws {UsageError} */
export function parseFormat(text: string, subject: string): Format {
  const found = SHELL_FORMATS.find(format => format === text)
  if (found) return found
  throw new UsageError({
    subject,
    expected: `one of ${SHELL_FORMATS.join(', ')}`,
    got: text === '' ? 'none' : text,
    ...(text === 'arrow' && { fix: 'stocktake query writes one result as arrow' }),
  })
}

const HELP = `A statement ends with a semicolon, and may have several lines.
Ctrl-C      abandons the statement
Ctrl-D      ends the shell, as .quit, .exit and \\q do
.tables     the views there are; describe objects; shows the columns of one
.format F   how rows are written: ${SHELL_FORMATS.join(', ')}
`
