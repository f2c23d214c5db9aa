const SKETCH = 'sketches and digests have no type in the engine'
const LEARNING = 'machine learning is not offered'
const GEOMETRY = 'geometries are not offered'
const PATTERN = 'MATCH_RECOGNIZE is not offered'
const COLOR = 'colours are for terminals'

const because = (reason: string, names: string): readonly (readonly [string, string])[] =>
  names.split(' ').map((name) => [name, reason])

/** Functions of Trino 476 that traillake does not offer, with the reason; names in lower case. */
export const unsupportedFunctions: Readonly<Record<string, string>> = Object.fromEntries([
  ...because(
    SKETCH,
    'approx_set empty_approx_set merge qdigest_agg tdigest_agg value_at_quantile values_at_quantiles quantile_at_value make_set_digest merge_set_digest ' +
      'intersection_cardinality jaccard_index hash_counts',
  ),
  ...because('its bytes depend on how Trino hashes each type', 'checksum'),
  ...because(
    LEARNING,
    'classify evaluate_classifier_predictions learn_classifier learn_libsvm_classifier learn_libsvm_regressor learn_regressor regress',
  ),
  ...because(PATTERN, 'classifier first last match_number next prev permute'),
  ...because(COLOR, 'bar color render rgb'),
  ...because(
    GEOMETRY,
    'bing_tile bing_tile_at bing_tile_coordinates bing_tile_polygon bing_tile_quadkey bing_tile_zoom_level bing_tiles_around convex_hull_agg ' +
      'from_encoded_polyline from_geojson_geometry geometry_from_hadoop_shape geometry_invalid_reason geometry_nearest_points geometry_to_bing_tiles ' +
      'geometry_to_dissolved_bing_tiles geometry_union geometry_union_agg line_interpolate_point line_interpolate_points line_locate_point simplify_geometry ' +
      'spatial_partitioning spatial_partitions st_area st_asbinary st_astext st_boundary st_buffer st_centroid st_contains st_convexhull st_coorddim st_crosses ' +
      'st_difference st_dimension st_disjoint st_distance st_endpoint st_envelope st_envelopeaspts st_equals st_exteriorring st_geometries st_geometryfromtext ' +
      'st_geometryn st_geometrytype st_geomfromkml st_geomfrombinary st_interiorringn st_interiorrings st_intersection st_intersects st_isclosed st_isempty ' +
      'st_isring st_issimple st_isvalid st_length st_linefromtext st_linestring st_multipoint st_numgeometries st_numinteriorring st_numpoints st_overlaps ' +
      'st_point st_pointn st_points st_polygon st_relate st_startpoint st_symdifference st_touches st_union st_within st_x st_xmax st_xmin st_y st_ymax st_ymin ' +
      'to_encoded_polyline to_geojson_geometry to_geometry to_spherical_geography',
  ),
])
