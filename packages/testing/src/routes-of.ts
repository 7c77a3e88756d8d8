interface App {
  printRoutes(options: { commonPrefix: false }): string;
}

/** The routes as `GET /books/:id`, from the router: HEAD goes with GET, and a route for every method is `ANY`. */
export function routesOf(app: App): string[] {
  const parents: string[] = [];
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [, indent = '', part = '', methods = ''] = /^([│ ]*)[├└]── (\S+)(?: \((.*)\))?$/.exec(line) ?? [];
      const depth = indent.length / 4;
      const url = (parents[depth - 1] ?? '') + (part === '*' ? '/*' : part);
      parents.splice(depth, Number.POSITIVE_INFINITY, url);
      const names = methods.split(', ').filter((name) => name !== '' && name !== 'HEAD');
      return names.length > 10 ? [`ANY ${url}`] : names.map((name) => `${name} ${url}`);
    });
}
