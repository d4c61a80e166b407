import { expect, test } from 'vitest'
import { html, preformatted } from '../../src/ui/page/html.js'

test.each([
  ['a b', 'a b'],
  ['</script><img src=x onerror=alert(1)>', '&#60;/script&#62;&#60;img src=x onerror=alert(1)&#62;'],
  [`" onload='x' \``, '&#34; onload=&#39;x&#39; &#96;'],
  ['&lt;', '&#38;lt;'],
  ['a\u202egpj.exe', 'a\\u202egpj.exe'], // would be read backwards
  ['a\u2066b', 'a\\u2066b'],
  ['line\nline\u0000', 'line\\nline\\x00'],
  ['Köln €', 'Köln €'],
])('%j is put into a page as %s', (text, escaped) => {
  expect(html`<b title="${text}">${text}</b>`.html).toBe(`<b title="${escaped}">${escaped}</b>`)
})

test('what is HTML already stays it, lists are joined, and nothing is nothing', () => {
  const items = ['<', 'b'].map(text => html`<i>${text}</i>`)
  expect(html`<p>${items}${null}${undefined}${false}${0}${5n}</p>`.html).toBe('<p><i>&#60;</i><i>b</i>05</p>')
})

test('preformatted text keeps its lines and nothing else', () => {
  expect(preformatted('select 1\nwhere a < \u202e').html).toBe('select 1\nwhere a &#60; \\u202e')
})
