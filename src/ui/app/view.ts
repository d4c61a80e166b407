/** The pages, in the order of the navigation. */
export const PAGE_NAMES = [
  'overview',
  'folders',
  'changes',
  'gaps',
  'collections',
  'reports',
  'sql',
  'streams',
  'jobs',
  'connectors',
] as const
/** One of them; or `absent`: no such page, whose name is what the URL has in its place. */
export type PageName = (typeof PAGE_NAMES)[number] | 'absent'

/** What is looked at; all that a person would want to send to a colleague. */
export interface View {
  readonly page: PageName
  /** The part of the path after the page: a connector, a collection, a report. */
  readonly name?: string
  readonly params: Readonly<Record<string, string>>
}

/** What a page gets from the app. */
export interface PageProps {
  readonly view: View
  /** Goes to another view: as a step that the browser's Back undoes, unless `replace`. */
  readonly onView: (next: View, how?: 'push' | 'replace') => void
}

/**
 * The view of a path with its query, such as `/folders?connector=photos&path=2020/`: the inverse of {@link formatView}.
 * Without a page it is the overview; of a parameter that is there twice, the last one holds.
 */
export function parseView(url: string): View {
  const [path = '', query = ''] = url.replace(/#.*$/s, '').split(/\?(.*)/s)
  const [, page = '', rest = ''] = /^\/*([^/]*)\/?(.*)$/s.exec(path) ?? []
  const params = Object.fromEntries(new URLSearchParams(query))
  const known = PAGE_NAMES.find(name => name === page)
  if (page === '') return { page: 'overview', params }
  if (!known || rest.includes('/')) return { page: 'absent', name: path.replace(/^\/+/, ''), params }
  return rest === '' ? { page: known, params } : { page: known, name: decode(rest), params }
}

/** The path and query of a view. Slashes of folders stay as they are, to be read. */
export function formatView({ page, name, params }: View): string {
  const path = pathOf(page, name)
  const query = new URLSearchParams(params).toString().replaceAll('%2F', '/')
  return query === '' ? path : `${path}?${query}`
}

function pathOf(page: PageName, name = ''): string {
  if (page === 'absent') return `/${name}`
  return name === '' ? `/${page}` : `/${page}/${encodeURIComponent(name)}`
}

/** The view with other parameters; those that are undefined or empty are left out. */
export function withParams(view: View, changes: Readonly<Record<string, string | undefined>>): View {
  const entries = Object.entries({ ...view.params, ...changes })
  const params = Object.fromEntries(entries.filter((entry): entry is [string, string] => !!entry[1]))
  return { ...view, params }
}

/** Text that a person mistyped is taken as it stands. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
