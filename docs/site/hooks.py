"""What the site has beside the pages of docs/: the decisions' index and navigation, the changelog, the list of
operations and ReDoc's page of docs/openapi.yaml, the libraries from npm, and Mermaid where a page has a diagram."""
import html
import json
import pathlib
import re

import yaml
from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).resolve().parents[2]
SITE = ROOT / 'docs' / 'site'
VENDOR = ROOT / 'build' / 'docs' / 'vendor' / 'files'
# ReDoc shows its maker's logo, from a server of theirs.
REDOC_LOGO = 'https://cdn.redoc.ly/redoc/logo-mini.svg'
METHODS = ('get', 'put', 'post', 'patch', 'delete')


def title_of(page):
    with open(page, encoding='utf-8') as lines:
        return next(line for line in lines if line.startswith('# '))[2:].strip()


def decisions():
    return sorted((ROOT / 'docs' / 'decisions').glob('*.md'))


def on_config(config):
    for entry in config.nav:
        if isinstance(entry, dict) and entry.get('Decisions') == 'decisions/':
            entry['Decisions'] = ['decisions/index.md'] + [f'decisions/{page.name}' for page in decisions()]
    return config


def decisions_index():
    lines = ['# Decisions', '', 'This page lists why things are as they are: one short page for each decision.', '']
    lines += [f'- [{title_of(page)}]({page.name})'.replace('. ', '\\. ', 1) for page in decisions()]
    return '\n'.join(lines) + '\n'


def operations_by_tag(api):
    by_tag = {tag['name']: [] for tag in api['tags']}
    for path, item in api['paths'].items():
        for method in METHODS:
            if method in item:
                by_tag[item[method]['tags'][0]].append((method.upper(), path, item[method]))
    return by_tag


def policy_of(operation):
    policy = operation['x-feedctl-policy']
    opened = operation.get('x-feedctl-policy-open')
    return policy if opened in (None, policy) else f'{policy} (open: {opened})'


def operations_page(api):
    lines = [
        '# All operations', '',
        'This page lists every operation of the API, made from `docs/openapi.yaml`. A link leads to its parameters, '
        'bodies and answers in the <a href="api-reference.html">reference</a>. A server shows the same at `/api/docs/` '
        'and `/api/redoc/`.', '',
        'Who may call it is the policy: `public`, `user`, `editor` or `admin`; with `auth.mode: open` the one in '
        'brackets. A tilde marks further paths of the same operation.', '']
    for tag, operations in operations_by_tag(api).items():
        if not operations:
            continue
        lines += [f'## {tag}', '', '| operation | what it does | who |', '|---|---|---|']
        for method, path, operation in operations:
            link = f'api-reference.html#operation/{operation["operationId"]}'
            others = ''.join(f'<br>~ `{alias}`' for alias in operation.get('x-feedctl-aliases', []))
            lines.append(f'| <a href="{link}">`{method} {path}`</a>{others} | {operation["summary"]} '
                         f'| {policy_of(operation)} |')
        lines.append('')
    return '\n'.join(lines)


def reference_page(api):
    # In a script element no text may end the element.
    spec = json.dumps(api, default=str, separators=(',', ':')).replace('</', '<\\/')
    template = (SITE / 'reference.html').read_text(encoding='utf-8')
    return template.replace('@SPEC@', spec)


def vendor_files():
    for line in (SITE / 'vendor_files.txt').read_text(encoding='utf-8').splitlines():
        if line and not line.startswith('#'):
            package, source, target = line.split()
            yield VENDOR / package / source, f'assets/{target}'


def on_files(files, config):
    api = yaml.safe_load((ROOT / 'docs' / 'openapi.yaml').read_text(encoding='utf-8'))
    generated = {
        'decisions/index.md': decisions_index(),
        'api-operations.md': operations_page(api),
        'api-reference.html': reference_page(api),
    }
    for name, text in generated.items():
        files.append(File.generated(config, name, content=text))
    for source, target in vendor_files():
        if source.name == 'redoc.standalone.js':
            text = source.read_text(encoding='utf-8').replace(REDOC_LOGO, 'data:,')
            files.append(File.generated(config, target, content=text))
        else:
            files.append(File.generated(config, target, abs_src_path=str(source)))
    files.append(File.generated(config, 'assets/site.css', abs_src_path=str(SITE / 'site.css')))
    return files


def changelog():
    text = (ROOT / 'CHANGELOG.md').read_text(encoding='utf-8')
    return text[text.index('\n## ') + 1:].replace('](docs/', '](')


def without_links_out(markdown, page):
    """Sources outside of docs/ are no pages: of a link to one the text stays."""
    folder = (ROOT / 'docs' / page.file.src_uri).parent

    def replaced(link):
        target = (folder / link[2].partition('#')[0]).resolve()
        return link[0] if target.is_relative_to(ROOT / 'docs') or ':' in link[2] else link[1]

    return re.sub(r'\[([^\]\n]+)\]\(([^)\s]+)\)', replaced, markdown)


def with_plain_fences(markdown):
    """Tests mark the blocks that they run, as in "```sh runnable"; Python-Markdown takes that for no block."""
    return re.sub(r'^(\s*```\w+) [^`\n]+$', r'\1', markdown, flags=re.MULTILINE)


def on_page_markdown(markdown, page, config, files):
    markdown = with_plain_fences(without_links_out(markdown, page))
    if page.file.src_uri == 'releases.md':
        return markdown.replace('<!-- changelog -->', changelog())
    return markdown


def on_post_page(output, page, config):
    if 'class="mermaid"' not in output:
        return output
    script = html.escape(page.url.count('/') * '../' + 'assets/vendor/mermaid.min.js')
    return output.replace('</head>', f'<script src="{script}"></script></head>', 1)


def on_serve(server, config, builder):
    server.watch(str(ROOT / 'CHANGELOG.md'))
    server.watch(str(SITE))
    return server
