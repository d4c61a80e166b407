/**
 * The script of a page, which does without: what is pointed at says its figures at once, beside the pointer; Escape goes up a
 * folder; and the page stays where it is when a link of the map is followed.
 */
export const PAGE_SCRIPT = `(() => {
  'use strict'
  const tip = document.createElement('div')
  tip.id = 'tip'
  tip.hidden = true
  tip.setAttribute('aria-hidden', 'true')
  document.body.append(tip)
  for (const each of document.querySelectorAll('.map [title]')) {
    each.dataset.tip = each.title
    each.removeAttribute('title')
    each.setAttribute('aria-description', each.dataset.tip)
  }
  const place = (x, y) => {
    tip.style.left = Math.max(8, Math.min(x + 14, innerWidth - tip.offsetWidth - 8)) + 'px'
    tip.style.top = (y + 18 + tip.offsetHeight > innerHeight ? y - tip.offsetHeight - 10 : y + 18) + 'px'
  }
  const show = (target, x, y) => {
    const found = target instanceof Element && target.closest('[data-tip]')
    tip.hidden = !found
    if (!found) return
    tip.textContent = found.dataset.tip
    place(x, y)
  }
  addEventListener('pointermove', event => show(event.target, event.clientX, event.clientY), { passive: true })
  addEventListener('focusin', event => {
    const box = event.target.getBoundingClientRect()
    show(event.target, box.left, box.bottom)
  })
  addEventListener('focusout', () => { tip.hidden = true })
  addEventListener('scroll', () => { tip.hidden = true }, { passive: true })
  let stay
  addEventListener('click', event => {
    const link = event.target instanceof Element && event.target.closest('a[href^="#f"]')
    if (!link) return
    stay = scrollY
    tip.hidden = true
  })
  addEventListener('hashchange', () => {
    if (stay !== undefined) scrollTo(scrollX, stay)
    stay = undefined
  })
  addEventListener('keydown', event => {
    if (event.key !== 'Escape') return
    tip.hidden = true
    const up = document.querySelector('.view:target a.up')
    if (up) up.click()
  })
})()
`
