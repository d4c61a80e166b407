import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { sendJson } from '../client.js'
import { problemOf } from '../parts/states.js'

/** Asks for a token, where the server is open to others. */
export function Login() {
  const [token, setToken] = useState('')
  const client = useQueryClient()
  const id = useId()
  const login = useMutation({
    mutationFn: () => sendJson('POST', '/session', { token: token.trim() }),
    onSuccess: () => client.invalidateQueries(),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    login.mutate()
  }
  return (
    <main>
      <form className="login" onSubmit={submit}>
        <h1>Stocktake</h1>
        <div className="field">
          <label htmlFor={id}>Token</label>
          <input
            id={id}
            type="password"
            autoComplete="current-password"
            required
            // biome-ignore lint/a11y/noAutofocus: there is nothing else to do here
            autoFocus
            value={token}
            onChange={event => setToken(event.target.value)}
            aria-invalid={login.isError}
            aria-describedby={`${id}-about`}
          />
          {login.isError && (
            <span className="problem" role="alert">
              {refusalOf(login.error)}
            </span>
          )}
          <span className="hint" id={`${id}-about`}>
            Whoever runs this server makes one: <code>stocktake token create NAME --role read</code>
          </span>
        </div>
        <div className="actions">
          <button type="submit" className="primary" disabled={login.isPending}>
            Sign in
          </button>
        </div>
      </form>
    </main>
  )
}

function refusalOf(error: unknown): string {
  const { status, detail } = problemOf(error)
  return status === 401 ? 'This token is not valid, or not any more.' : detail
}
