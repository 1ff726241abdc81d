"""Checks a built site: every link and anchor in it leads somewhere, and no page loads anything from elsewhere.
usage: check_links.py SITE     exit code 1: something is broken, a line each"""
import html.parser
import pathlib
import re
import sys
import urllib.parse

LOADED = {'script': 'src', 'img': 'src', 'iframe': 'src', 'link': 'href', 'source': 'src'}
# Links of ReDoc's page are made by its script: "api-reference.html#operation/createUser".
REFERENCE = re.compile(r'^(tag|operation)/')


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.loaded = {''}, [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        for name in ('id', 'name'):
            if attrs.get(name) and tag != 'meta':
                self.anchors.add(attrs[name])
        if tag == 'a' and attrs.get('href') is not None:
            self.links.append((self.getpos()[0], attrs['href']))
        elif tag in LOADED and attrs.get(LOADED[tag]) and attrs.get('rel') not in ('canonical', 'next', 'prev'):
            self.loaded.append((self.getpos()[0], attrs[LOADED[tag]]))


def operations_of(site):
    text = (site / 'api-reference.html').read_text(encoding='utf-8')
    return {f'operation/{name}' for name in re.findall(r'"operationId":"(\w+)"', text)}


def faults_of(site):
    pages = {path: Page(path.read_text(encoding='utf-8')) for path in sorted(site.rglob('*.html'))}
    operations = operations_of(site)
    count = 0
    for path, page in pages.items():
        if path.name == '404.html':  # its links are for the root of a server
            continue
        for line, link in page.links + page.loaded:
            parts = urllib.parse.urlsplit(link)
            where = f'{path.relative_to(site)}:{line}: {link}'
            if parts.scheme == 'data':
                continue
            count += 1
            if parts.scheme or parts.netloc:
                if (line, link) in page.loaded:
                    yield f'{where}: is loaded from elsewhere'
                continue
            target = path
            if parts.path:
                target = (path.parent / urllib.parse.unquote(parts.path)).resolve()
                if target.is_dir():
                    target /= 'index.html'
            if not target.is_file():
                yield f'{where}: no such file'
            elif target.suffix == '.html' and parts.fragment:
                anchor = urllib.parse.unquote(parts.fragment)
                known = operations if target.name == 'api-reference.html' and REFERENCE.match(anchor) \
                    else pages[target].anchors
                if anchor not in known:
                    yield f'{where}: no such anchor'
    if count < 1000:
        yield f'only {count} links were found: is this the whole site?'
    print(f'{len(pages)} pages, {count} links')


def main():
    site = pathlib.Path(sys.argv[1]).resolve()
    faults = list(faults_of(site))
    for fault in faults:
        print(f'error: {fault}', file=sys.stderr)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
