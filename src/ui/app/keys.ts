/** Whether keys go into a field, so that letters mean themselves. `data-typing`: into one in the element's shadow root. */
export const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    (target.matches('input, textarea, select, [data-typing]') && !target.matches('[type=checkbox], [type=radio]')))

export const hasOpenDialog = (): boolean => document.querySelector('[role=dialog]') !== null

/** Where `/` goes: the page's own search, or else the header's. */
export const focusSearch = (): void => {
  const field =
    document.querySelector<HTMLElement>('main [data-search]') ?? document.querySelector<HTMLElement>('[data-search]')
  field?.focus()
}
