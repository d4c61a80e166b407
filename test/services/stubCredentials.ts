import { vi } from 'vitest'
import type { S3Address } from './s3Service.js'

/** Has this process's environment hold a server's credentials, until `vi.unstubAllEnvs`. */
export function stubCredentials({ credentials }: Pick<S3Address, 'credentials'>): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey)
}
