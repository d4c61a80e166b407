import { valueText } from '../parts/valueText.js'

/** A folder's name or path as it is, on one line: what is unseen in it is made visible, and it turns no text around it. */
export function FolderName({ name }: { readonly name: string }) {
  if (name === '' || name === '/')
    return (
      <span>
        <i>no name</i>
        {name}
      </span>
    )
  return <bdi className="folder-name">{valueText(name)}</bdi>
}
