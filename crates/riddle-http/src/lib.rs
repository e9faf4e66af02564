//! The wire: routes, DTOs, error table, SSE, OpenAPI
