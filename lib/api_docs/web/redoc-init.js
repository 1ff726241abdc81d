// Starts ReDoc. Nothing is sent to other servers.
Redoc.init('/api/schema.json', { hideDownloadButton: false, expandResponses: '200,201' },
  document.getElementById('api'));
