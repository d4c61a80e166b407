import { Dialog as Primitive } from 'radix-ui'
import { type ReactNode, useRef } from 'react'

export interface DialogProps {
  readonly title: string
  /** A sentence below the title. */
  readonly about?: ReactNode
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly children: ReactNode
  /** Buttons, at the foot. */
  readonly actions?: ReactNode
  readonly isWide?: boolean
}

/**
 * A dialog over the page: keeps the focus, closes with Escape, gives the focus back.
 *
 * The shade is our own: the library's would add an inline style element, which the page's policy forbids.
 */
export function Dialog({ title, about, isOpen, onClose, children, actions, isWide = false }: DialogProps) {
  const before = useRef<Element>(null)
  const enter = (event: Event) => {
    before.current = document.activeElement
    focusContent(event)
  }
  const leave = () => {
    if (before.current instanceof HTMLElement) before.current.focus()
  }
  return (
    <Primitive.Root open={isOpen} onOpenChange={next => !next && onClose()}>
      <Primitive.Portal>
        <div className="shade" aria-hidden="true" />
        <Primitive.Content
          className={isWide ? 'dialog wide' : 'dialog'}
          onOpenAutoFocus={enter}
          onCloseAutoFocus={leave}
          {...(!about && { 'aria-describedby': undefined })}
        >
          <header>
            <Primitive.Title>{title}</Primitive.Title>
            <Primitive.Close className="plain" aria-label="Close" title="Close (Esc)">
              ✕
            </Primitive.Close>
          </header>
          {about && <Primitive.Description className="soft">{about}</Primitive.Description>}
          <div className="dialog-body">{children}</div>
          {actions && <footer>{actions}</footer>}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

const FOCUSABLE = ':is(input, select, textarea, button, a[href]):not(:disabled)'

/** The first field or button that isn't the one that closes it. */
function focusContent(event: Event): void {
  const dialog = document.querySelector('[role=dialog]')
  const first =
    dialog?.querySelector<HTMLElement>(`.dialog-body ${FOCUSABLE}`) ??
    dialog?.querySelector<HTMLElement>(`footer ${FOCUSABLE}`)
  if (!first) return
  event.preventDefault()
  first.focus()
}
