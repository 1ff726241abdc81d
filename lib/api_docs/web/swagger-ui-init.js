// Starts Swagger UI. Nothing is sent to other servers, and no token is kept.
SwaggerUIBundle({
  url: '/api/schema.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  persistAuthorization: false,
});
