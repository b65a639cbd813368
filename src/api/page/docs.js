/** Starts Swagger UI on our own description of the API. A session cookie signs its calls, or a key given there. */
window.ui = window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
});
