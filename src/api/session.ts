import { z } from '@hono/zod-openapi'

/** Who asks. */
export const session = z
  .object({
    role: z.enum(['read', 'operate']).nullable().describe('NULL where a token is needed and none was given'),
    name: z.string().nullable().describe("the token's"),
    needs_token: z.boolean(),
  })
  .openapi('Session')
export type Session = z.output<typeof session>
export const login = z.object({ token: z.string().min(1).max(200) }).openapi('Login')
