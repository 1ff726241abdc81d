#include "seed/phrases.hpp"

namespace feedctl::seed {

namespace {

using Text = std::string_view;

constexpr int english_zones[] = {-8, -5, -5, 0, 0, 10};
constexpr Text english_first[] = {"Ada",  "Ben", "Chloe", "Dan", "Emma", "Finn", "Gina",  "Hugo",
                                  "Iris", "Jon", "Kim",   "Leo", "Mia",  "Noah", "Olive", "Paul",
                                  "Rosa", "Sam", "Tara",  "Uma", "Vera", "Will", "Yara",  "Zoe"};
constexpr Text english_last[] = {"Adler", "Brook", "Carter", "Dale",  "Evans", "Frost",
                                 "Gray",  "Holm",  "Irving", "Jones", "Knox",  "Lund",
                                 "Moore", "North", "Owens",  "Park",  "Quinn", "Reyes",
                                 "Stone", "Tate",  "Vance",  "Weber", "Young", "Ziegler"};
constexpr Text english_templates[] = {"%t we %a %p.",
                                      "%t I %a %p.",
                                      "%r",
                                      "I %a %p, and it was worth it.",
                                      "Who else %a %p %t?",
                                      "%r",
                                      "My sister %a %p %t.",
                                      "We %a all day."};
constexpr Text english_times[] = {"this morning",    "yesterday",  "on Sunday",   "after work",
                                  "before sunrise",  "last night", "at lunch",    "this week",
                                  "on the way home", "once again", "last summer", "at long last"};
constexpr Text english_activities[] = {
    "walked the dog",           "baked bread",      "fixed the old bike", "read three chapters",
    "planted tomatoes",         "watched the rain", "played the guitar",  "ran five miles",
    "took far too many photos", "learned to knit",  "found a lost key",   "missed the train",
    "drank too much coffee",    "painted a window", "met an old friend",  "counted the swallows"};
constexpr Text english_places[] = {"by the river",   "in the garden",     "at the market",
                                   "on the roof",    "near the station",  "in the kitchen",
                                   "at the library", "on the beach",      "under the bridge",
                                   "up on the hill", "behind the church", "in town"};
constexpr Text english_remarks[] = {
    "Nobody told me how good this soup would be.",
    "The first frost, and I left the plants outside.",
    "If you need a quiet place to work, ask me.",
    "New shoes were a mistake.",
    "The bakery on the corner opens at six, and it is already full.",
    "Does anybody know a good plumber?",
    "I still like paper maps best.",
    "The train was on time. I was not.",
    "Two hours of sleep, three cups of tea, and the talk went well.",
    "Good things take a little longer.",
    "What a goal in the last minute!",
    "My neighbour sings when she thinks nobody listens."};

constexpr int spanish_zones[] = {-6, -5, -3, 1, 1, 1};
constexpr Text spanish_first[] = {"Álvaro", "Beatriz", "Carmen", "Diego",  "Elena",
                                  "Félix",  "Gloria",  "Hernán", "Inés",   "Javier",
                                  "Lucía",  "Mateo",   "Nuria",  "Óscar",  "Pilar",
                                  "Raúl",   "Sofía",   "Tomás",  "Úrsula", "Ximena"};
constexpr Text spanish_last[] = {"Aguirre", "Benítez", "Castaño", "Domínguez", "Espinosa",
                                 "Fuentes", "García",  "Herrera", "Ibáñez",    "Jiménez",
                                 "León",    "Muñoz",   "Núñez",   "Ortega",    "Peña",
                                 "Ríos",    "Salazar", "Torres",  "Vázquez",   "Zúñiga"};
constexpr Text spanish_templates[] = {"%t %a %p.",
                                      "%r",
                                      "Por fin %a %p.",
                                      "%t %a con mi hermana.",
                                      "¿Quién más estuvo %p %t?",
                                      "%r",
                                      "%a %p y valió la pena."};
constexpr Text spanish_times[] = {
    "esta mañana",       "ayer",     "el domingo",       "anoche",     "al mediodía", "esta semana",
    "antes del trabajo", "otra vez", "el verano pasado", "al amanecer"};
constexpr Text spanish_activities[] = {"paseamos al perro",
                                       "hicimos pan",
                                       "arreglamos la bicicleta",
                                       "leímos tres capítulos",
                                       "plantamos tomates",
                                       "escuchamos la lluvia",
                                       "tocamos la guitarra",
                                       "corrimos ocho kilómetros",
                                       "sacamos demasiadas fotos",
                                       "perdimos el tren",
                                       "tomamos café con churros",
                                       "pintamos una ventana",
                                       "encontramos a un viejo amigo",
                                       "contamos las golondrinas"};
constexpr Text spanish_places[] = {"junto al río",     "en el jardín",         "en el mercado",
                                   "en la azotea",     "cerca de la estación", "en la cocina",
                                   "en la biblioteca", "en la playa",          "bajo el puente",
                                   "en la montaña",    "en el barrio"};
constexpr Text spanish_remarks[] = {"Nadie me dijo que esta sopa era tan buena.",
                                    "¡Qué gol en el último minuto!",
                                    "¿Alguien conoce a un buen fontanero?",
                                    "El tren llegó a tiempo; yo no.",
                                    "La panadería de la esquina abre a las seis y ya está llena.",
                                    "Los zapatos nuevos fueron un error.",
                                    "Lo bueno tarda un poco más.",
                                    "Dos horas de sueño y tres cafés: la charla salió bien.",
                                    "Mañana será otro día.",
                                    "Mi vecina canta cuando cree que nadie la oye."};

constexpr int german_zones[] = {1};
constexpr Text german_first[] = {"Anke",   "Björn", "Clara",  "Dörte", "Emil",  "Frieda",  "Gregor",
                                 "Hanna",  "Ines",  "Jürgen", "Käthe", "Lukas", "Marlene", "Nils",
                                 "Ortrun", "Peter", "Ruth",   "Sören", "Ute",   "Volker"};
constexpr Text german_last[] = {"Ahrens",  "Böhm",    "Claußen", "Dröge", "Engel",
                                "Fäßler",  "Groß",    "Hübner",  "Jäger", "Köhler",
                                "Lange",   "Müller",  "Nölte",   "Otto",  "Pfeiffer",
                                "Richter", "Schäfer", "Thiel",   "Vogt",  "Weiß"};
constexpr Text german_templates[] = {"%t haben wir %p %a.",    "%r",
                                     "%t habe ich %p %a.",     "%r",
                                     "Wer hat %t auch %p %a?", "Meine Schwester hat %t %a."};
constexpr Text german_times[] = {
    "heute Morgen",  "gestern", "am Sonntag",  "nach der Arbeit", "vor Sonnenaufgang",
    "gestern Abend", "mittags", "diese Woche", "auf dem Heimweg", "letzten Sommer"};
constexpr Text german_activities[] = {"den Hund ausgeführt",
                                      "Brot gebacken",
                                      "das alte Rad repariert",
                                      "drei Kapitel gelesen",
                                      "Tomaten gepflanzt",
                                      "dem Regen zugehört",
                                      "Gitarre gespielt",
                                      "viel zu viele Fotos gemacht",
                                      "den Zug verpasst",
                                      "zu viel Kaffee getrunken",
                                      "einen alten Freund getroffen",
                                      "die Schwalben gezählt"};
constexpr Text german_places[] = {
    "am Fluss",     "im Garten",       "auf dem Markt", "auf dem Dach",     "am Bahnhof",
    "in der Küche", "in der Bücherei", "am Strand",     "unter der Brücke", "auf dem Berg"};
constexpr Text german_remarks[] = {"Niemand hat mir gesagt, wie gut diese Suppe ist.",
                                   "Der erste Frost, und die Pflanzen stehen noch draußen.",
                                   "Kennt jemand einen guten Klempner?",
                                   "Der Zug war pünktlich. Ich nicht.",
                                   "Neue Schuhe waren keine gute Idee.",
                                   "Gut Ding will Weile haben.",
                                   "Was für ein Tor in der letzten Minute!",
                                   "Papierkarten sind mir immer noch am liebsten.",
                                   "Meine Nachbarin singt, wenn sie glaubt, dass niemand zuhört."};

}  // namespace

const Language english{"en",
                       34,
                       english_zones,
                       english_first,
                       english_last,
                       false,
                       english_templates,
                       english_times,
                       english_activities,
                       english_places,
                       english_remarks,
                       " "};
const Language spanish{"es",
                       20,
                       spanish_zones,
                       spanish_first,
                       spanish_last,
                       false,
                       spanish_templates,
                       spanish_times,
                       spanish_activities,
                       spanish_places,
                       spanish_remarks,
                       " "};
const Language german{"de",
                      10,
                      german_zones,
                      german_first,
                      german_last,
                      false,
                      german_templates,
                      german_times,
                      german_activities,
                      german_places,
                      german_remarks,
                      " "};

}  // namespace feedctl::seed
