// The little that the browser does: theme and density without a reload, keys. Everything here is an addition; pages work without it.
(() => {
  const root = document.documentElement;
  const keep = (k, v) => { document.cookie = `plumbline_${k}=${v}; path=/; max-age=34560000; samesite=lax`; };
  const dark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  const theme = () => { root.dataset.theme = dark() ? 'light' : 'dark'; keep('theme', root.dataset.theme); };
  const density = d => {
    if (d === 'normal') delete root.dataset.density; else root.dataset.density = d;
    keep('density', d);
    for (const a of document.querySelectorAll('[data-density]:not(html)')) a.dataset.density === d ? a.setAttribute('aria-current', 'true') : a.removeAttribute('aria-current');
  };
  const keys = () => {
    const d = document.getElementById('keys'); if (!d) return;
    d.querySelector('[data-act=single]').checked = single();
    d.open ? d.close() : d.showModal();
  };
  const show = () => { for (const el of document.querySelectorAll('button[data-act][hidden]')) el.hidden = false; };
  document.addEventListener('click', e => {
    const el = e.target.closest('[data-act], [data-density]:not(html)'); if (!el) return;
    if (el.dataset.density) { e.preventDefault(); density(el.dataset.density); }
    if (el.dataset.act === 'theme') { e.preventDefault(); theme(); }
    if (el.dataset.act === 'keys') keys();
    if (el.dataset.act === 'print') print();
  });
  document.addEventListener('click', e => { // a menu closes when one looks elsewhere
    for (const d of document.querySelectorAll(menus)) if (!d.contains(e.target)) d.open = false;
  });
  const menus = 'details.account[open], details.filters[open], details.more[open]';
  document.addEventListener('focusin', e => { // … and when the tab key has left it
    for (const d of document.querySelectorAll(menus)) if (!d.contains(e.target)) d.open = false;
  });
  const shut = () => { // a menu that closes gives the focus back to what opened it
    for (const d of document.querySelectorAll(menus)) { if (d.contains(document.activeElement)) d.querySelector('summary').focus(); d.open = false; }
  };
  const single = () => !/(^|; )plumbline_keys=off/.test(document.cookie); // single keys may be switched off
  const chosen = () => { // the bar of what can be done to several is there where there are any
    const bar = document.getElementById('bulk'); if (!bar) return;
    const all = [...document.querySelectorAll('input[name=item]')], n = all.filter(c => c.checked).length;
    bar.hidden = n === 0; bar.querySelector('[data-count]').textContent = n;
    for (const c of all) c.closest('tr').setAttribute('aria-selected', c.checked);
    const head = document.querySelector('[data-all]'); if (head) { head.checked = n > 0 && n === all.length; head.indeterminate = n > 0 && n < all.length; }
  };
  document.addEventListener('change', e => {
    if (e.target.matches('[data-all]')) for (const c of document.querySelectorAll('input[name=item]')) c.checked = e.target.checked;
    if (e.target.matches('[data-all], input[name=item]')) chosen();
    if (e.target.matches('[data-act=single]')) keep('keys', e.target.checked ? 'on' : 'off');
  });
  const rows = () => [...document.querySelectorAll('[data-row]')];
  const step = by => {
    const list = rows(); if (!list.length) return;
    const n = list.findIndex(r => r.contains(document.activeElement)) + by;
    list[Math.max(0, Math.min(list.length - 1, n))].querySelector('a')?.focus();
  };
  const bulk = (name, e) => { // what is selected, else the row where one is
    const field = document.querySelector(`#bulk [name=${name}]`); if (!field) return;
    e.preventDefault();
    if (!document.querySelector('input[name=item]:checked')) rows().find(r => r.contains(document.activeElement))?.querySelector('[type=checkbox]')?.click();
    field.focus();
  };
  const opened = (which, e) => {
    const menu = document.querySelector(which); if (!menu) return;
    e.preventDefault(); menu.open = true; (menu.querySelector('.menu input:not([type=hidden]), .menu a') || menu.querySelector('summary')).focus();
  };
  const places = { t: '/', f: '/findings', c: '/cases', r: '/rules', u: '/units', s: '/sources' };
  let went = 0;
  document.addEventListener('keydown', e => {
    if (e.metaKey || e.ctrlKey || e.altKey || document.querySelector('dialog[open]')) return;
    if (e.key === 'Escape' && document.querySelector(menus)) { shut(); return; }
    if (e.target.matches('textarea, select, input:not([type=checkbox], [type=radio])') || (!single() && e.key !== 'Escape')) return;
    if (Date.now() - went < 1200 && places[e.key]) {
      went = 0;
      if (document.querySelector(`.nav a[href="${places[e.key]}"]`)) location.href = places[e.key];
      return;
    }
    went = e.key === 'g' ? Date.now() : 0;
    switch (e.key) {
      case '/': e.preventDefault(); document.querySelector('.bar [type=search]')?.focus(); break;
      case '?': keys(); break;
      case 'j': step(1); break;
      case 'k': step(-1); break;
      case 'x': rows().find(r => r.contains(document.activeElement))?.querySelector('[type=checkbox]')?.click(); break;
      case 'o': rows().find(r => r.contains(document.activeElement))?.querySelector('a')?.click(); break;
      case 'a': bulk('owner', e); break;
      case 'e': bulk('until', e); break;
      case 'c': bulk('text', e); break;
      case ']': document.querySelector('a[rel=next]')?.click(); break;
      case '[': document.querySelector('a[rel=first]')?.click(); break;
      case 'f': case 'v': opened(e.key === 'f' ? '.chips > .filters' : '.filters.saved', e); break;
      case 'm': document.querySelector('.moves > details > summary')?.focus(); break;
      case 'n': theme(); break;
      case 'd': density({ compact: 'normal', roomy: 'compact' }[root.dataset.density] || 'roomy'); break;
      case 'l': document.querySelector('.tools a[hreflang]')?.click(); break;
      case 'Escape': for (const c of document.querySelectorAll('input[name=item]:checked')) c.checked = false; chosen(); break;
    }
  });
  let stream; // figures follow while the page is looked at; lists don't move, they say that there is more
  const follow = () => {
    stream?.close(); stream = null;
    if (document.hidden || !document.getElementById('asof')) return;
    stream = new EventSource('/live');
    stream.onmessage = e => {
      const n = JSON.parse(e.data), at = document.querySelector('[data-live=findings]'), fresh = document.querySelector('[data-fresh]');
      document.getElementById('asof').textContent = n.asof;
      if (at && n.findings) at.textContent = n.findings;
      if (fresh && n.count > +fresh.dataset.fresh) { fresh.hidden = false; fresh.querySelector('[data-more]').textContent = n.count - fresh.dataset.fresh; }
    };
  };
  document.addEventListener('visibilitychange', follow);
  addEventListener('pagehide', () => stream?.close());
  const refused = () => { // whoever sent what was refused goes on where it is to be mended
    const fields = [...document.querySelectorAll('.field.bad input, .field.bad textarea, .field.bad select')];
    for (const f of fields) f.setAttribute('aria-invalid', 'true');
    fields[0]?.focus();
  };
  show(); chosen(); follow(); refused();
  document.addEventListener('htmx:afterSwap', () => { show(); chosen(); refused(); });
  addEventListener('pageshow', chosen);
})();
