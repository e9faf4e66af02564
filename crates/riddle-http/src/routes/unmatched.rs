use actix_web::dev::ResourceDef;
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::openapi::{OpenApi, PathItem};

use crate::error::{ApiError, ErrorCode};
use crate::web_app;

/// Which methods each address takes, to tell a wrong method from a wrong address.
pub(crate) struct RouteTable(Vec<(ResourceDef, String)>);

impl RouteTable {
    pub(crate) fn new(openapi: &OpenApi) -> Self {
        let mut table: Vec<_> = openapi
            .paths
            .paths
            .iter()
            .map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item)))
            .collect();
        table.extend(web_app::addresses().map(|path| (ResourceDef::new(path), "GET".to_owned())));
        Self(table)
    }
}

/// Answers what no route took.
pub(crate) async fn unmatched(
    request: HttpRequest,
    table: web::Data<RouteTable>,
) -> Result<HttpResponse, ApiError> {
    let path = request.path();
    let known = table.0.iter().find(|(resource, _)| resource.is_match(path));
    Err(match known {
        Some((_, methods)) => ApiError::new(
            ErrorCode::METHOD_NOT_ALLOWED,
            format!("this address takes {methods}"),
        )
        .with_allow(methods.clone()),
        None => ApiError::new(
            ErrorCode::NOT_FOUND,
            "nothing is at this address; /openapi.json lists what is",
        ),
    })
}

fn methods(item: &PathItem) -> String {
    let operations = [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    let taken: Vec<_> = operations
        .into_iter()
        .filter_map(|(name, operation)| operation.as_ref().map(|_| name))
        .collect();
    taken.join(", ")
}
