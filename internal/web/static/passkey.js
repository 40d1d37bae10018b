// Passkeys: the browser makes a key or signs with one, the service checks it. Forms marked with data-passkey appear where the browser can.
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = s => Uint8Array.from(atob(s.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
  const text = b => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const post = async (path, body) => {
    const r = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Accept-Language': document.documentElement.lang }, body: JSON.stringify(body) });
    const said = await r.text(), j = said ? JSON.parse(said) : {};
    if (!r.ok) throw { told: [j.detail, j.next].filter(Boolean).join(' — ') };
    return j;
  };
  const listed = l => (l || []).map(c => ({ ...c, id: bytes(c.id) }));
  const answer = c => {
    const r = c.response, out = { id: c.id, rawId: text(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(), response: { clientDataJSON: text(r.clientDataJSON) } };
    if (c.authenticatorAttachment) out.authenticatorAttachment = c.authenticatorAttachment;
    for (const k of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) if (r[k]) out.response[k] = text(r[k]);
    if (r.getTransports) out.response.transports = r.getTransports();
    return out;
  };
  const doing = {
    async signin(form) {
      const b = await post('/api/v1/signin/passkey', {}), o = b.options.publicKey;
      const c = await navigator.credentials.get({ publicKey: { ...o, challenge: bytes(o.challenge), allowCredentials: listed(o.allowCredentials) } });
      await post('/api/v1/signin/passkey/' + b.ticket, { answer: answer(c) });
      location.assign(form.dataset.next);
    },
    async make(form) {
      const b = await post('/api/v1/passkeys', { password: form.elements.password?.value }), o = b.options.publicKey;
      const c = await navigator.credentials.create({ publicKey: { ...o, challenge: bytes(o.challenge), user: { ...o.user, id: bytes(o.user.id) }, excludeCredentials: listed(o.excludeCredentials) } });
      await post('/api/v1/passkeys/' + b.ticket, { name: form.elements.name.value, answer: answer(c) });
      location.assign('/account?done=passkey');
    },
  };
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false;
    const says = form.querySelector('[data-says]'), button = form.querySelector('button');
    form.addEventListener('submit', async e => {
      e.preventDefault(); says.hidden = true; button.disabled = true;
      try { await doing[form.dataset.passkey](form); }
      catch (why) { says.textContent = why.told || form.dataset.failed; says.hidden = false; }
      button.disabled = false;
    });
  }
  for (const el of document.querySelectorAll('[data-no-passkey]')) el.hidden = true;
})();
