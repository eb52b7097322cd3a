// What a database of PostgreSQL is made of, as lines of text: what a dump of the schema has.
// The catalogs: https://www.postgresql.org/docs/current/catalogs.html

#include "runtime/clients/postgres.h"

namespace upgraph::clients {
namespace {

// `own` are the schemas that are not the system's; what belongs to an extension is told by it.
constexpr const char* kSchemaLines = R"(
WITH own AS (
  SELECT oid, nspname, nspowner, nspacl FROM pg_namespace
  WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
), of_extension AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), relation AS (
  SELECT c.*, format('%I.%I', n.nspname, c.relname) AS title
  FROM pg_class c JOIN own n ON n.oid = c.relnamespace
  WHERE c.relname NOT LIKE 'upgraph\_%'
    AND NOT EXISTS (SELECT FROM of_extension e
                    WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
)
SELECT line FROM (
  SELECT format('schema %I %s %s', nspname, nspowner::regrole, nspacl) AS line FROM own
  UNION ALL
  SELECT format('extension %I %s %s', extname, extversion, extnamespace::regnamespace)
  FROM pg_extension
  UNION ALL
  SELECT format('relation %s %s %s %s %s %s %s %s %s %s', title, relkind, relpersistence,
                relowner::regrole, relacl, reloptions, relrowsecurity, relforcerowsecurity,
                relreplident, pg_get_expr(relpartbound, oid))
  FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
  UNION ALL
  SELECT format('tablespace %s %s', title, spcname)
  FROM relation JOIN pg_tablespace t ON t.oid = reltablespace
  UNION ALL
  SELECT format('parents %s %s', title, inhparent::regclass)
  FROM relation JOIN pg_inherits ON inhrelid = relation.oid
  UNION ALL
  SELECT format('partitions %s %s', title, pg_get_partkeydef(oid))
  FROM relation WHERE relkind = 'p'
  UNION ALL
  SELECT format('column %s %I %s %s %s %s %s %s %s %s', title, attname,
                format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid),
                NULLIF(attcollation, 0)::regcollation, attidentity, attgenerated, attacl,
                attoptions)
  FROM relation JOIN pg_attribute ON attrelid = relation.oid
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT format('index %s %s %s', pg_get_indexdef(indexrelid), indisvalid, indisclustered)
  FROM relation JOIN pg_index ON indrelid = relation.oid
  UNION ALL
  SELECT format('constraint %s %I %s %s', COALESCE(title, contypid::regtype::text), conname,
                pg_get_constraintdef(c.oid), convalidated)
  FROM pg_constraint c LEFT JOIN relation ON relation.oid = conrelid
  JOIN own ON own.oid = connamespace
  WHERE conrelid = 0 OR relation.oid IS NOT NULL
  UNION ALL
  SELECT format('view %s %s', title, pg_get_viewdef(oid)) FROM relation WHERE relkind IN ('v', 'm')
  UNION ALL
  SELECT format('rule %s', pg_get_ruledef(r.oid))
  FROM relation JOIN pg_rewrite r ON ev_class = relation.oid WHERE rulename <> '_RETURN'
  UNION ALL
  SELECT format('trigger %s %s', pg_get_triggerdef(t.oid), tgenabled)
  FROM relation JOIN pg_trigger t ON tgrelid = relation.oid WHERE NOT tgisinternal
  UNION ALL
  SELECT format('policy %s %I %s %s %s %s %s', title, polname, polcmd, polpermissive, polroles,
                pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
  FROM relation JOIN pg_policy ON polrelid = relation.oid
  UNION ALL
  SELECT format('sequence %s %s %s %s %s %s %s %s', title, seqtypid::regtype, seqstart,
                seqincrement, seqmax, seqmin, seqcache, seqcycle)
  FROM relation JOIN pg_sequence ON seqrelid = relation.oid
  UNION ALL
  SELECT format('function %s %s %s %s', p.oid::regprocedure, proowner::regrole, proacl,
                CASE WHEN prokind IN ('f', 'p', 'w') THEN pg_get_functiondef(p.oid) END)
  FROM pg_proc p JOIN own ON own.oid = pronamespace
  WHERE NOT EXISTS (SELECT FROM of_extension e
                    WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid)
  UNION ALL
  SELECT format('type %s %s %s %s %s %s %s', t.oid::regtype, typtype, typowner::regrole, typacl,
                format_type(NULLIF(typbasetype, 0), typtypmod), typnotnull, typdefault)
  FROM pg_type t JOIN own ON own.oid = typnamespace
  WHERE typtype IN ('e', 'd', 'r')
    AND NOT EXISTS (SELECT FROM of_extension e
                    WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid)
  UNION ALL
  SELECT format('label %s %s %s', enumtypid::regtype, enumlabel,
                row_number() OVER (PARTITION BY enumtypid ORDER BY enumsortorder))
  FROM pg_enum JOIN pg_type t ON t.oid = enumtypid JOIN own ON own.oid = typnamespace
) AS lines ORDER BY line COLLATE "C"
)";

}  // namespace

Result<Digest> PostgresDatabase::SchemaDigest() {
  // Names are told with their schemas where the path does not lead there.
  UPGRAPH_ASSIGN(const std::string path, QueryOne("SELECT current_setting('search_path')"));
  UPGRAPH_TRY(Execute("SELECT set_config('search_path', 'pg_catalog', false)"));
  UPGRAPH_ASSIGN(auto lines, Query(kSchemaLines));
  UPGRAPH_TRY(Execute("SELECT set_config('search_path', $1, false)", {path}));
  DigestBuilder builder;
  for (const std::string& line : lines) {
    builder.AddField(line);
  }
  return builder.Finish();
}

}  // namespace upgraph::clients
