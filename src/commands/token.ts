import { UsageError } from '../errors.js'
import type { TokenRole } from '../lake/tokens.js'
import { defineCommand, type GlobalArgs, openContext, withCommands } from './globals.js'

interface CreateArgs extends GlobalArgs {
  name?: string
  role?: TokenRole
  expires: string
}

/** As the lake has them; named again, so that --help loads none of it. */
const ROLES = ['read', 'operate'] as const satisfies readonly TokenRole[]

const createCommand = defineCommand<CreateArgs>({
  command: 'create [name]',
  describe: 'make one, and print it this once',
  builder: yargs =>
    yargs
      .positional('name', { type: 'string', describe: 'whose it is: it is in the audit' })
      .option('role', { choices: ROLES, describe: 'see everything, or change things, too' })
      .option('expires', { type: 'string', default: '90d', describe: 'after so long: 36h, 90d; or never' })
      .example('$0 token create anna --role operate', ''),
  handler: async args => {
    const { createTokenHere } = await import('./tokenRun.js')
    await createTokenHere({ ...args, ...wantedToken(args) }, await openContext(args))
  },
})

/** What a token can't be made without. @throws {UsageError} that says which of it is missing */
function wantedToken({ name = '', role }: CreateArgs): { readonly name: string; readonly role: TokenRole } {
  if (name !== '' && role) return { name, role }
  throw new UsageError({
    subject: 'token create',
    expected: 'the name of who gets it, and --role read or --role operate',
    got: name !== '' ? 'no --role' : role ? 'no name' : 'neither',
    fix: 'such as `stocktake token create anna --role operate`',
  })
}

const listCommand = defineCommand({
  command: ['list', '$0'],
  describe: 'the tokens there are, without what would let anybody in',
  handler: async args => {
    const { listTokensHere } = await import('./tokenRun.js')
    await listTokensHere(await openContext(args))
  },
})

const revokeCommand = defineCommand<GlobalArgs & { name: string }>({
  command: 'revoke <name>',
  describe: 'end one, for good',
  builder: yargs => yargs.positional('name', { type: 'string', demandOption: true, describe: 'its name' }),
  handler: async args => {
    const { revokeTokenHere } = await import('./tokenRun.js')
    await revokeTokenHere(args.name, await openContext(args))
  },
})

export const tokenCommand = defineCommand({
  command: 'token',
  describe: 'who may use a server of the lake: create, list, revoke',
  builder: yargs => withCommands(yargs, 'token', [createCommand, listCommand, revokeCommand]),
  handler: () => {},
})
