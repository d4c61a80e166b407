import { formatCommandsPage } from './commandsPage.js'
import { formatConfigurationPage } from './configurationPage.js'
import { formatErrorsPage } from './errorsPage.js'
import { formatTablesPage } from './tablesPage.js'

/** The pages that `npm run docs` writes, with what makes the text of each. */
export const generatedPages: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/reference/commands.md': formatCommandsPage,
  'docs/reference/configuration.md': formatConfigurationPage,
  'docs/reference/errors.md': formatErrorsPage,
  'docs/reference/tables.md': formatTablesPage,
}
