/** What everyday English calls by several names: pure tables, in plain words; the index knows words by their stems. */

/** Forms of one word that no stemmer brings together: they count as the same word. */
const FORMS = `go goes went gone going|buy bought|see saw seen|eat ate eaten|make made|write wrote written|take took taken|
give gave given|get got gotten|run ran|meet met|tell told|say said|think thought|teach taught|bring brought|feel felt|
find found|leave left|lose lost|win won|begin began begun|become became|come came|choose chose chosen|speak spoke spoken|
break broke broken|drive drove driven|fly flew flown|grow grew grown|know knew known|sing sang sung|swim swam swum|
drink drank drunk|sleep slept|keep kept|hold held|build built|send sent|spend spent|sell sold|pay paid|hear heard|
read reads|ride rode ridden|rise rose risen|fall fell fallen|forget forgot forgotten|draw drew drawn|wear wore worn|
catch caught|fight fought|stand stood|understand understood|sit sat|lead led|learn learnt|dream dreamt|throw threw thrown|
wake woke woken|steal stole stolen|hide hid hidden|bite bit bitten|shoot shot|show showed shown|child children|
man men|woman women|person people|mouse mice|foot feet|tooth teeth|wife wives|life lives|leaf leaves|knife knives|
bake baked baking|die died dying death|marry married marriage|propose proposal|receive receipt|decide decision|
adopt adoption adopted|graduate graduation|perform performance|apply application|compete competition|
celebrate celebration|invite invitation|discuss discussion|volunteer volunteering|inspire inspiration|
create creation creative|educate education|relax relaxation|destress stress|injure injury|achieve achievement|
photo photograph photography pic|bike bicycle cycling|gym workout|math mathematics|tv television|phone telephone smartphone`;

/** Words that often stand for each other, or one for a kind of the other: they count for less than the word asked for. */
const KIN = `child kid son daughter baby toddler|parent mom dad mother father mum|sibling brother sister|
grandparent grandma grandmother grandpa grandfather gran|spouse husband wife partner|relative family|friend buddy pal|
pet dog cat puppy kitten|dog puppy pup|cat kitten|job work career profession occupation employer|employ hire staff|
trip travel vacation holiday journey getaway|visit travel|movie film|book novel read|song music tune|
instrument guitar piano violin drum flute clarinet|buy purchase order|car vehicle|house home apartment flat|
live move reside relocate home|move relocate|country abroad|hometown grow|begin start|end finish quit stop|
like love enjoy fan|favorite favourite love|dislike hate|hobby pastime interest activity|food meal dish eat cook|
cook recipe bake dish|dessert cake pie cookie|drink beverage coffee tea|ill sick illness disease|hurt injury pain|
doctor physician hospital clinic|health medical diagnose|fear afraid scare|happy glad joy thrilled|sad upset down|
relax unwind calm destress|money dollar cash|gift present|birthday party|wedding marry|marry wed engage|divorce separate breakup split|
school class course college university|study learn major|teach teacher|student pupil|degree graduate|
exercise workout gym train fit|jog run|sport game match|race marathon run|hike trail walk|bike cycle|beach ocean sea|
forest wood park nature|camp tent|garden plant flower|paint art draw|art museum gallery exhibit|picture photo|
pottery clay ceramic|dance ballet|concert show gig festival|event meeting conference|group club community|
charity donate fundraiser volunteer|help support assist|advice suggest recommend tip|plan intend hope|goal dream aim|
accident crash|storm rain weather|allergy allergic|age old birthday|color colour|kind type sort|town city|shop store|
company business firm startup|boss manager|colleague coworker|salary pay earn|promote promotion|fire layoff laid job|lose laid|newspaper magazine press herald journal|fracture break|injure break|pass die|musician band singer performer|
nickname name|relation relationship date|single relationship|identity transgender gender|religion church faith|
counsel therapy therapist psychology|win award prize trophy|lose lost|repair fix|meet encounter|call phone|
research study look|realize learn discover|symbolize represent mean|neighbor neighbour|language speak`;

/** Words of questions that say little of what is asked for. */
export const GENERIC =
  `would could might may likely consider kind type sort many much name thing something someone still use
tell know describe mention say call talk happen person people ever first recently currently want make get go take think
year month week day time date long ago mr mrs`.split(/\s+/);

/** Words that tell when something was, and how many. */
export const WHEN =
  `yesterday today tonight tomorrow ago last next week weekend month year morning evening night monday tuesday
wednesday thursday friday saturday sunday january february march april may june july august september october november
december summer winter spring autumn fall recently since`.split(/\s+/);
export const COUNTS = `one two three four five six seven eight nine ten dozen hundred once twice couple few both several
1 2 3 4 5 6 7 8 9 10`.split(/\s+/);

/** Words that tell a change of what was so before. */
export const CHANGE =
  `now new moved switched changed instead anymore longer started replaced became nowadays recently lately
current currently finally just swapped upgraded transferred relocated quit`.split(/\s+/);

const rows = (text: string) => text.split("|").map((row) => row.trim().split(/\s+/));
export const FORM_ROWS: readonly (readonly string[])[] = rows(FORMS);
export const KIN_ROWS: readonly (readonly string[])[] = rows(KIN);
