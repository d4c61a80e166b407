import type { ErrorFacts } from '../errors.js'

/** There are no credentials. @param got what the SDK said, with nothing of the request */
export const noCredentialsFacts = (subject: string, got: string, cause: unknown): ErrorFacts => ({
  ...{ subject, expected: 'AWS credentials', got, cause },
  fix: 'set aws.profile, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; or sign in with `aws sso login`',
})

/** A service doesn't know the credentials, or not any more. @param service `S3` */
export const badCredentialsFacts = (service: string, subject: string, got: string, cause: unknown): ErrorFacts => ({
  ...{ subject, expected: `credentials that ${service} takes`, got, cause },
  fix: 'check aws.profile and the AWS_ variables, or get new credentials where they have expired',
})
