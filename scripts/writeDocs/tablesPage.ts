import { AUDIT_COLUMNS } from '../../src/lake/audit.js'
import { LAKE_VIEWS, VIEW_TABLES } from '../../src/snapshot/lakeViews.js'
import { drawLineage } from './lineage.js'
import { code, codeInCell, generatedNote, page, plain, table } from './markdown.js'
import { listChecks, listModels, type ModelFacts } from './models.js'
import { columnCells, LAKE_TABLES, layoutOf, type StoredTable, shippedTable, streamTables } from './storedTables.js'

const FOLDERS: readonly (readonly [folder: string, title: string, what: string])[] = [
  ['', 'Models of an import', "What makes tables of a report's rows."],
  [
    'reports',
    'Models of reports and listings',
    'Those with a question are reports: `stocktake report NAME`. The others are what commands ask.',
  ],
  ['shared', 'Shared models', 'Nested in the models that name them as an input.'],
  ['reconcile', 'Models of reconciliation', 'What `reconcile` makes of a dataset and a snapshot.'],
  ['sales', 'Models of sales_history', 'Questions to the shipped table: `stocktake tables query NAME`.'],
  ['streams', 'Models of streams', 'What etl makes of a segment, and what is asked of the rows.'],
  ['page', 'Models of the page', 'What `serve` asks to show folders and changes.'],
]

/** docs/reference/tables.md: tables by their specs, views and models by their headers. */
export function formatTablesPage(): string {
  const models = listModels()
  return page(
    '# Tables, views and models: the reference',
    generatedNote("the tables' specs and the headers in sql/"),
    [
      'People query the views, which show only what a receipt vouches for: [tables.md](../tables.md) tells how to read them. Times are UTC',
      'without a zone. The comments below are those that the tables themselves carry, so that other engines show them, too.',
    ].join('\n'),
    '## From tables to reports',
    drawLineage(
      models.filter(({ folder, question }) => folder === 'views' || (folder === 'reports' && question !== undefined)),
      models.filter(({ folder }) => folder === 'shared'),
    ),
    '## Views',
    table(
      ['view', 'what', 'columns', 'inputs', 'notes'],
      models.filter(({ folder }) => folder === 'views').map(viewRow),
    ),
    '## Stored tables',
    ...LAKE_TABLES.flatMap(formatTable),
    '### audit',
    'Who did what in the lake: a view of JSON records under `state/audit/`, and no table; for DuckDB.',
    columnTable(AUDIT_COLUMNS.map(({ name, type, doc }) => [name, type, doc])),
    '## Tables of streams',
    'Each stream has a database of its own. [streams.md](../streams.md) tells how they are filled.',
    ...streamTables().flatMap(formatTable),
    '## The declared table that is shipped',
    ...formatTable(shippedTable()),
    ...FOLDERS.flatMap(([folder, title, what]) => {
      const own = models.filter(model => model.folder === folder)
      return [
        `## ${title}`,
        what,
        ...(DRAWN.includes(folder) ? [drawLineage(own, [])] : []),
        ...own.flatMap(formatModel),
      ]
    }),
    '## Checks',
    'Queries whose rows are what is wrong: one row of a `fail_` stops a commit.',
    table(
      ['check', 'fails when'],
      listChecks().map(({ file, failsWhen }) => [`[${plain(file)}](../../sql/${file})`, plain(failsWhen)]),
    ),
  )
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

/** Folders whose models build on each other. */
const DRAWN: readonly string[] = ['', 'reconcile', 'streams']

function formatTable({ what, spec }: StoredTable): string[] {
  const cells = spec.schema.fields.map(columnCells)
  return [`### ${plain(spec.name)}`, `${sentence(what)}; ${layoutOf(spec)}.`, columnTable(cells)]
}

const columnTable = (cells: readonly (readonly [name: string, type: string, doc: string])[]): string =>
  table(
    ['column', 'type', 'what'],
    cells.map(([name, type, doc]) => [codeInCell(name), plain(type), plain(doc)]),
  )

function viewRow(model: ModelFacts): string[] {
  const { name, grain, inputs, notes = '' } = model
  return [sqlLink(model), plain(grain), columnsOf(name), inputs.map(codeInCell).join(', '), plain(notes)]
}

/** A view has the columns of its table, but for two. */
function columnsOf(name: string): string {
  if (name === 'audit') return '[its own](#audit)'
  if (name === 'file_info') return '[its own](../tables.md#file_info)'
  const view = LAKE_VIEWS.find(each => each === name)
  if (view === undefined || view === 'audit') return ''
  const spec = VIEW_TABLES[view]
  const more = /_latest$|_current$/.test(name) ? ', then `sample_rate`' : ''
  return `those of [${spec.name}](#${spec.name})${more}`
}

function formatModel(model: ModelFacts): string[] {
  const { question, grain, inputs, params, dialects, notes } = model
  const facts = [
    ['report', question === undefined ? '' : plain(question)],
    ['', sentence(plain(grain))],
    ['inputs', inputs.map(code).join(', ')],
    ['params', params.map(code).join(', ')],
    ['dialects', dialects],
    ['notes', plain(notes ?? '')],
  ].filter(([, text]) => text !== '')
  return [
    `### ${sqlLink(model)}`,
    facts.map(([name, text]) => (name === '' ? `- ${text}` : `- ${name}: ${text}`)).join('\n'),
  ]
}

const sqlLink = ({ name, files }: ModelFacts): string => `[${plain(name)}](../../sql/${files[0]})`
