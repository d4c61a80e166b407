import type { Collection } from '../../../api/collections.js'
import { someNames } from '../../../output/someNames.js'
import { FolderName } from '../folders/FolderName.js'
import { Amount } from '../parts/Amount.js'
import { TimeText } from '../parts/TimeText.js'
import { valueText } from '../parts/valueText.js'
import { formatView } from '../view.js'
import { SOURCE_WORDS } from './FileInfoAge.js'
import { StaleFileInfo } from './StaleFileInfo.js'

/** Which folder it is, how many files it has, and who says so since when. */
export function CollectionFacts({ collection }: { readonly collection: Collection }) {
  const { folder, connector, created_at, created_by, overlaps, file_info } = collection
  const { source, updated_at, file_count, total_size_bytes, warning, freshness, snapshot } = file_info
  const sharing = someNames(
    overlaps.map(name => valueText(name)),
    MOST_NAMES,
  )
  return (
    <>
      <p className="collection-line">
        <a href={formatView({ page: 'folders', params: { connector, ...(folder !== '' && { path: folder }) } })}>
          {folder === '' ? 'the whole bucket' : <FolderName name={folder} />}
        </a>{' '}
        <span className="soft">
          of {valueText(connector)} · made <TimeText time={created_at} /> by {valueText(created_by)}
        </span>
      </p>
      <p className="collection-line">
        <b>
          <StaleFileInfo info={file_info}>
            <Amount value={file_count} kind="count" none="?" /> {file_count === 1 ? 'file' : 'files'}
          </StaleFileInfo>
        </b>{' '}
        ·{' '}
        <b>
          <StaleFileInfo info={file_info}>
            <Amount value={total_size_bytes} kind="bytes" none="size not known" />
          </StaleFileInfo>
        </b>{' '}
        {source !== null && updated_at !== null && (
          <span
            className={freshness === 'warn' || freshness === 'error' ? freshness : 'soft'}
            title={snapshot ?? undefined}
          >
            · updated <TimeText time={updated_at} /> UTC (<TimeText time={updated_at} isRelative />) from{' '}
            {source === 'api' ? 'a' : 'an'} {source === 'api' ? 'listing of S3' : SOURCE_WORDS.inventory}
          </span>
        )}
      </p>
      {warning !== null && <p className="warn">{valueText(warning)}</p>}
      {overlaps.length > 0 && <p className="soft">Shares files with {sharing}.</p>}
    </>
  )
}

/** Collections of folders above and below may be hundreds. */
const MOST_NAMES = 10
