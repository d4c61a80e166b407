/**
 * A tool that tests need. Where it can't be had they are skipped, and stderr says so; on a build server (CI=true) that is a
 * failure.
 */
export async function findTool<T>(name: string, find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find()
  } catch (error) {
    if (process.env.CI === 'true') throw error
    process.stderr.write(
      `${name} is not available, its tests are skipped: ${String(error).trim().split('\n').at(-1)}\n`,
    )
    return undefined
  }
}
