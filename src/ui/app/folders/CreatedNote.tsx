import type { CreatedCollections } from '../../../api/collections.js'
import { valueText } from '../parts/valueText.js'
import { FolderName } from './FolderName.js'

const MOST_SHOWN = 50

/** What was made, and what to bear in mind. */
export function CreatedNote({ created }: { readonly created: CreatedCollections }) {
  const { collections, warnings } = created
  return (
    <>
      <ul className="created-list">
        {collections.slice(0, MOST_SHOWN).map(({ collection, name, folder }) => (
          <li key={collection}>
            <b>{valueText(name)}</b>{' '}
            <span className="soft">{folder === '' ? 'the whole bucket' : <FolderName name={folder} />}</span>
          </li>
        ))}
        {collections.length > MOST_SHOWN && <li>and {collections.length - MOST_SHOWN} more</li>}
      </ul>
      {warnings.slice(0, MOST_SHOWN).map(warning => (
        <p key={warning} className="soft">
          {valueText(warning)}
        </p>
      ))}
    </>
  )
}
