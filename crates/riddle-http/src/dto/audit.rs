use riddle_api::{
    AuditDto, DamagedOriginalDto, DigestDto, KnowledgeBaseAuditDto, OriginalsAuditDto, StoreDto,
    VectorsAuditDto,
};
use riddle_core::StoreDigest;
use riddle_engine::{AuditReport, KnowledgeBaseAudit, OriginalsAudit, VectorsAudit};

use super::convert::{Convert, ConvertFrom};

impl ConvertFrom<AuditReport> for AuditDto {
    fn convert_from(report: AuditReport) -> Self {
        Self {
            consistent: report.knowledge_bases.iter().all(|audit| audit.consistent),
            repaired: report.repaired,
            originals: report.originals.map(Convert::convert),
            vectors: report.vectors.map(Convert::convert),
            knowledge_bases: report
                .knowledge_bases
                .into_iter()
                .map(Convert::convert)
                .collect(),
        }
    }
}

impl ConvertFrom<OriginalsAudit> for OriginalsAuditDto {
    fn convert_from(audit: OriginalsAudit) -> Self {
        let named = audit.named.into_iter().map(|original| DamagedOriginalDto {
            id: original.document.0,
            name: original.name,
            missing: original.missing,
        });
        Self {
            checked: audit.checked,
            damaged: audit.damaged,
            documents: named.collect(),
        }
    }
}

impl ConvertFrom<VectorsAudit> for VectorsAuditDto {
    fn convert_from(audit: VectorsAudit) -> Self {
        Self {
            checked: audit.checked,
            not_found: audit.not_found,
            chunks: audit.named.into_iter().map(|chunk| chunk.0).collect(),
        }
    }
}

impl ConvertFrom<KnowledgeBaseAudit> for KnowledgeBaseAuditDto {
    fn convert_from(audit: KnowledgeBaseAudit) -> Self {
        let store = |(name, digest): (&'static str, StoreDigest)| StoreDto {
            name: name.to_owned(),
            digest: digest.convert(),
        };
        Self {
            id: audit.id.0,
            name: audit.name,
            consistent: audit.consistent,
            expected: audit.expected.convert(),
            stores: audit.stores.into_iter().map(store).collect(),
        }
    }
}

impl ConvertFrom<StoreDigest> for DigestDto {
    fn convert_from(digest: StoreDigest) -> Self {
        Self {
            count: digest.count,
            digest: format!("{:016x}", digest.digest),
        }
    }
}
