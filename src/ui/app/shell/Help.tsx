import { PAGE_KEYS } from '../hooks/usePageKeys.js'
import { Dialog } from '../parts/Dialog.js'
import { PAGE_TITLES } from './Nav.js'

const KEYS: readonly (readonly [keys: readonly string[], meaning: string])[] = [
  [['j', 'k'], 'down and up a table or the tree'],
  [['Enter'], 'open the row'],
  [['→', '←'], 'open and close a folder'],
  [['Space'], 'select a folder'],
  [['/'], 'search'],
  [['Esc'], 'close, or leave the field'],
  [['?'], 'this list'],
]

/** The keys that do something. */
export function Help({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog title="Keys" isOpen={isOpen} onClose={onClose}>
      <dl className="keys-list">
        {KEYS.map(([keys, meaning]) => (
          <KeyLine key={meaning} keys={keys} meaning={meaning} />
        ))}
        {Object.entries(PAGE_KEYS).map(([key, page]) => (
          <KeyLine key={page} keys={['g', key]} meaning={PAGE_TITLES[page]} />
        ))}
      </dl>
    </Dialog>
  )
}

function KeyLine({ keys, meaning }: { keys: readonly string[]; meaning: string }) {
  return (
    <>
      <dt>
        {keys.map(key => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{meaning}</dd>
    </>
  )
}
