// Lets node load modules that import each other without the files' endings, as bundlers allow.
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!specifier.startsWith(".")) throw error;
    for (const ending of [".js", "/index.js"]) {
      try {
        return { ...(await next(specifier + ending, context)), format: "module" };
      } catch {
        // The next ending, or else what was said of the name as it stands.
      }
    }
    throw error;
  }
}
