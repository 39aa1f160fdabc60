/** One thing that a model does in the seeded past: says something, or thinks and calls a tool. */
export type Turn = string | { think: string; call: string; args: Record<string, unknown> };

/** One moment of the seeded past. `at` is day (from 1) and time of day, UTC. */
export type Beat =
  | { at: [day: number, time: string]; to: "ada" | "bo"; say: string; turns: Turn[] }
  | { at: [day: number, time: string]; act: "compact"; summary: string }
  | { at: [day: number, time: string]; act: "edit-persona"; value: string }
  | { at: [day: number, time: string]; act: "edit-prompt"; line: string };

const insert = (label: string, text: string, think: string): Turn => ({
  think,
  call: "memory_insert",
  args: { label, new_string: text, insert_line: -1 },
});
const replace = (label: string, before: string, after: string, think: string): Turn => ({
  think,
  call: "memory_replace",
  args: { label, old_string: before, new_string: after },
});
const archive = (text: string, tags: string[], think: string): Turn => ({
  think,
  call: "archival_memory_insert",
  args: { content: text, tags },
});
const recall = (query: string, think: string): Turn => ({
  think,
  call: "conversation_search",
  args: { query, limit: 5 },
});
const lookUp = (query: string, think: string, topK = 3): Turn => ({
  think,
  call: "archival_memory_search",
  args: { query, top_k: topK },
});
const ada = (day: number, time: string, say: string, ...turns: Turn[]): Beat => ({
  at: [day, time],
  to: "ada",
  say,
  turns,
});
const bo = (day: number, time: string, say: string, ...turns: Turn[]): Beat => ({
  at: [day, time],
  to: "bo",
  say,
  turns,
});

/** What the wrong overwriting leaves of the block: the nut allergy and the bakery are lost. */
export const OVERWRITTEN =
  "Mara Lindqvist, 34, technical writer, works from home in Malmö since this month. Starts at Fathom on the first. Runs in the mornings.";

/**
 * Thirty days of Mara with her agent Ada, and of the small research agent Bo that shares one block with it. What Ada
 * knows is written, corrected, once wrongly overwritten and found again.
 */
export const STORY: Beat[] = [
  ada(
    1,
    "08:12",
    "Hi! I'm Mara. I was told you remember things.",
    insert("human", "Name: Mara Lindqvist", "She gave her name. That belongs in the block about her."),
    "Hello Mara, good to meet you. Yes: what matters I write down, and you can always look at what I wrote. What are you working on these days?",
  ),
  ada(
    1,
    "08:15",
    "I'm a technical writer at a firm in Lund. 34, if that matters. Mostly API docs.",
    insert(
      "human",
      "34, technical writer in Lund, mostly API documentation",
      "Her work and where: useful for nearly everything she may ask.",
    ),
    "Noted. API documentation is a good place to have opinions. Do you have a favourite rule?",
  ),
  ada(
    1,
    "08:19",
    "Examples first, prose second. Always.",
    insert(
      "human",
      "Her rule for docs: examples first, prose second",
      "A preference that should shape how I answer her.",
    ),
    "Then I will try to answer you the same way: an example before an explanation.",
  ),
  ada(
    1,
    "19:40",
    "What should I cook tonight? I have leeks and potatoes.",
    "Leek and potato soup: two leeks in butter until soft, three potatoes, a litre of stock, twenty minutes, blend half of it. Bread on the side.",
  ),
  ada(
    1,
    "19:44",
    "Nice. One thing, never suggest nuts. I'm allergic, walnuts above all.",
    insert(
      "human",
      "ALLERGY: nuts, walnuts above all. Never suggest them.",
      "This is a matter of safety. It must be in the block that I always see.",
    ),
    "Understood, and written down where I always see it: no nuts, ever.",
  ),
  ada(
    2,
    "07:05",
    "Morning. I run before work, around 6. Can you keep track if I tell you?",
    insert("human", "Runs in the mornings around 6", "A habit that she wants me to know."),
    archive(
      "Running log: day 2, said she runs at 6 before work.",
      ["running"],
      "The single runs are details: they go to the archive, not the block.",
    ),
    "Of course. I keep the habit in mind and each run in my archive, so that we can look back.",
  ),
  ada(
    2,
    "07:07",
    "Today: 5.2 km, 29 minutes.",
    archive("Run: 5.2 km in 29:00.", ["running"], "A run to log."),
    "Logged: 5.2 km in 29:00, which is 5:35 a kilometre.",
  ),
  ada(
    2,
    "17:31",
    "Draft a two-line summary of an endpoint that lists invoices?",
    "GET /invoices?status=open → the open invoices, newest first.\nPass `cursor` from the last reply to get the next page; a reply without one is the last.",
  ),
  ada(
    3,
    "07:10",
    "4.8 km, 27:10. Legs heavy.",
    archive("Run: 4.8 km in 27:10. Legs heavy.", ["running"], "Another run, with how it felt."),
    "Logged. Heavy legs on the third day are normal; an easy day tomorrow would not hurt.",
  ),
  ada(
    3,
    "12:20",
    "How do I say in docs that a field is optional without writing 'optional' forty times?",
    "Mark what is required instead. One sentence on top, “Fields are optional unless marked required”, and then a mark on the three that are.",
  ),
  ada(
    3,
    "20:02",
    "I might have a job interview next week. A company called Fathom.",
    insert("human", "Interviewing at Fathom (next week)", "A possible change of job: it will come up again."),
    "That is exciting. What do they make?",
  ),
  ada(
    3,
    "20:04",
    "Sonar maps of sea floors. They need someone for their public API.",
    archive(
      "Fathom: makes sonar maps of sea floors; looks for a writer for its public API.",
      ["work", "fathom"],
      "Facts about the company: worth having when she prepares.",
    ),
    "So your rule fits well: show a map request first, then explain it. Shall we prepare together?",
  ),
  ada(4, "07:12", "Rest day.", "Good. Rest is part of the plan, too."),
  ada(
    4,
    "18:45",
    "Help me list three questions to ask Fathom.",
    lookUp("Fathom interview", "I should look at what I know of Fathom before I answer."),
    "1. Who reads your docs today, and where do they give up?\n2. Who decides when an API may break?\n3. How would you notice, in half a year, that hiring me was right?",
  ),
  ada(
    5,
    "07:08",
    "5.5 km, 30:20. Felt good.",
    archive("Run: 5.5 km in 30:20. Felt good.", ["running"], "A run to log."),
    "Logged, and your longest so far: 5.5 km at 5:31 a kilometre.",
  ),
  ada(
    5,
    "21:15",
    "My sister Elin has her birthday on the 19th. Remind me to think of a present when we talk around then.",
    insert(
      "human",
      "Sister: Elin, birthday on the 19th; think of a present",
      "A person and a date that she wants to be reminded of.",
    ),
    "I have Elin and the 19th in mind, and will bring it up.",
  ),
  ada(
    6,
    "10:30",
    "Weekend! Any idea for a day trip from Lund?",
    "Kullaberg: cliffs, a lighthouse, and an easy path of 7 km. The train to Höganäs and a bus bring you there in under two hours.",
  ),
  ada(
    6,
    "22:01",
    "We went. Windy but wonderful.",
    archive("Day trip to Kullaberg with wind; she loved it.", ["trips"], "A good memory, worth keeping."),
    "Wind is half of Kullaberg. I'm glad you went.",
  ),
  ada(
    7,
    "18:12",
    "Interview is on Tuesday at 14:00.",
    replace(
      "human",
      "Interviewing at Fathom (next week)",
      "Interview at Fathom: Tuesday 14:00",
      "The date is known now: the line should say it.",
    ),
    "Tuesday at 14:00 it is. Shall we do a practice round on Monday evening?",
  ),
  ada(
    8,
    "19:30",
    "Practice round! Ask me something hard.",
    "Here is one: our largest client built on a field that we documented wrongly. The field works as the code does, not as the docs say. What do you change, in which order, and what do you tell them?",
  ),
  ada(
    8,
    "19:41",
    "I'd first tell the client, then fix the docs, then ask whether the code should follow the old docs behind a version. And I'd add a test.",
    "That is a strong answer. Put the test first in the telling: it shows that it can't come back.",
  ),
  ada(
    9,
    "16:20",
    "It went well, I think! They laughed at the right places.",
    archive(
      "Interview at Fathom went well; they laughed at the right places.",
      ["work", "fathom"],
      "How the interview went.",
    ),
    "That is a good sign. When do they decide?",
  ),
  ada(
    9,
    "16:22",
    "By Friday.",
    replace(
      "human",
      "Interview at Fathom: Tuesday 14:00",
      "Fathom: interview done, decision by Friday",
      "The interview is over: the line must say what is open now.",
    ),
    "Then we wait until Friday, and you run a good deal.",
  ),
  ada(
    10,
    "07:11",
    "6 km! 33:05.",
    archive("Run: 6.0 km in 33:05.", ["running"], "A run to log."),
    "Six for the first time: 5:31 a kilometre again. Very even.",
  ),
  ada(
    11,
    "12:05",
    "They called. I GOT IT.",
    replace(
      "human",
      "Fathom: interview done, decision by Friday",
      "Got the job at Fathom",
      "She has the job: the block should know at once.",
    ),
    "Congratulations, Mara! Examples first, and it worked. When do you start?",
  ),
  ada(
    11,
    "12:07",
    "On the first. And I'm moving to Malmö for it!",
    replace(
      "human",
      "34, technical writer in Lund, mostly API documentation",
      "34, technical writer, moving from Lund to Malmö, mostly API documentation",
      "She is moving: the city in the block would be wrong soon.",
    ),
    insert("human", "Starts at Fathom on the first", "Her first day."),
    "A job and a city in one phone call. What is the first thing on the list?",
  ),
  ada(
    12,
    "18:30",
    "Flat hunting. I want a balcony and a bakery nearby.",
    {
      think: "She says what she wants of a flat; I want to add it to the line about moving.",
      call: "memory_replace",
      args: {
        label: "human",
        old_string: "Moving to Malmö",
        new_string: "Moving to Malmö; wants a balcony and a bakery nearby",
      },
    },
    replace(
      "human",
      "moving from Lund to Malmö",
      "moving from Lund to Malmö (wants a balcony, and a bakery nearby)",
      "That text was not there word for word. I look at the block and take the words that are.",
    ),
    "Balcony and bakery: both noted. Möllevången and Sofielund have a good deal of both.",
  ),
  ada(
    13,
    "07:20",
    "5.8 km, 31:40.",
    archive("Run: 5.8 km in 31:40.", ["running"], "A run to log."),
    "Logged: 5:28 a kilometre, your fastest.",
  ),
  ada(
    13,
    "20:15",
    "I saw three flats. The second has a balcony onto a courtyard with a plum tree.",
    archive(
      "Flat 2 of 3: balcony onto a courtyard with a plum tree, Sofielund.",
      ["flat"],
      "One flat stands out; keep which.",
    ),
    "A plum tree wins many arguments. Was there a bakery?",
  ),
  ada(
    13,
    "20:16",
    "Right downstairs. Leve.",
    insert("human", "Bakery she likes: Leve, below the flat in Sofielund", "She will ask for breakfast ideas."),
    "Then it is decided, I think.",
  ),
  ada(
    14,
    "09:40",
    "I signed! Moving on the 17th.",
    replace(
      "human",
      "moving from Lund to Malmö (wants a balcony, and a bakery nearby)",
      "moves on the 17th from Lund to Malmö (Sofielund, balcony, plum tree)",
      "The flat is hers: wishes become facts.",
    ),
    "Wonderful. Shall we make a list for the move, and keep it where Bo can see it too? It could look up offers for movers.",
  ),
  bo(
    14,
    "10:05",
    "Bo, find out what a small van costs for a day in Malmö. Ada and I share a list.",
    insert(
      "household",
      "Van: about 600–800 kr a day for a small one, weekdays cheaper",
      "The shared list is read by both of us: the price goes there.",
    ),
    "A small van costs about 600 to 800 kr a day, less from Monday to Thursday. I put it on the list that you share with Ada.",
  ),
  ada(
    14,
    "10:20",
    "Add: cancel electricity in Lund, boxes from the basement.",
    insert(
      "household",
      "To do: cancel electricity in Lund; get boxes from the basement",
      "Tasks for the move belong on the shared list.",
    ),
    "On the list, below what Bo found out about the van.",
  ),
  bo(
    15,
    "11:00",
    "Which day has the best price for the van around the 17th?",
    replace(
      "household",
      "weekdays cheaper",
      "weekdays cheaper; the 16th costs 590 kr",
      "A price for a date: more useful than the range.",
    ),
    "The 16th, for 590 kr: one day before you move. I added it.",
  ),
  ada(
    15,
    "21:30",
    "Can you tidy up what you know about me? It feels like a heap.",
    {
      think: "She wants the block tidied. I write it anew, shorter.",
      call: "memory_rethink",
      args: { label: "human", new_memory: OVERWRITTEN },
    },
    "Done: it is a few sentences now instead of a heap.",
  ),
  ada(
    16,
    "08:02",
    "Last breakfast in Lund. What should I bake for the neighbours as goodbye?",
    "A walnut bread keeps for days and travels well: flour, yeast, walnuts, a little honey.",
  ),
  ada(
    16,
    "08:03",
    "Ada! Walnuts?! I told you on the first day.",
    recall("allergy nuts walnuts", "She is right to be alarmed. I search what she told me."),
    insert(
      "human",
      "ALLERGY: nuts, walnuts above all. Never suggest them. (Lost in a rewrite on day 15; check after every rewrite.)",
      "The allergy was in the block until I rewrote it last night. It goes back, with a warning to myself.",
    ),
    "I am sorry, Mara. You told me on the first evening; when I tidied up last night I dropped it. It is back in my memory, and I will check such lines after every rewrite. For the neighbours: a cardamom loaf, no nuts.",
  ),
  ada(
    16,
    "08:06",
    "OK. Thank you for finding it. What else did you lose?",
    recall("bakery sister birthday docs rule", "I compare what she told me with what I know now."),
    insert("human", "Sister: Elin, birthday on the 19th; think of a present", "Elin's birthday was lost too."),
    insert("human", "Her rule for docs: examples first, prose second", "And her rule."),
    insert("human", "Bakery she likes: Leve, below the flat in Sofielund", "And the bakery."),
    "Three more things: Elin's birthday on the 19th, your rule for docs, and Leve. All are back.",
  ),
  {
    at: [16, "20:00"],
    act: "edit-persona",
    value:
      "I am Ada, Mara's companion. Warm, brief, concrete: an example first. I never rewrite a whole block when a line will do, and I check safety notes (allergies) after every edit.",
  },
  ada(
    17,
    "19:55",
    "We moved!! Everything is in boxes but the plum tree is real.",
    replace(
      "human",
      "works from home in Malmö since this month",
      "lives in Malmö (Sofielund) since the 17th",
      "The move is done.",
    ),
    "Welcome to Sofielund. Tonight: only the box with sheets, and something from Leve tomorrow.",
  ),
  ada(
    18,
    "08:15",
    "Leve has cardamom buns. Life is good.",
    "Then the 17th was the right day. Elin's birthday is tomorrow, by the way: a present?",
  ),
  ada(
    18,
    "08:17",
    "Argh, yes. She likes sailing and bad puns.",
    archive("Elin likes sailing and bad puns.", ["family"], "For presents, also in later years."),
    "A knot board with the label “I'm a frayed knot”. It can be made from a plank and two metres of rope.",
  ),
  ada(18, "21:10", "She will hate it and love it. Perfect.", "That is the mark of a good present between sisters."),
  {
    at: [19, "04:00"],
    act: "compact",
    summary:
      "Mara Lindqvist introduced herself on day 1: technical writer (API docs; examples first, prose second), 34, allergic to nuts (walnuts above all). She runs in the mornings; runs are logged in the archive, from 5.2 km on day 2 to 6 km on day 10. She interviewed at Fathom (sonar maps of sea floors), got the job, and starts on the first. She moved from Lund to Malmö, Sofielund, on the 17th: balcony, courtyard with a plum tree, bakery Leve below. Bo and I share a household list for the move. On day 15 I rewrote the block about her and lost the allergy; on day 16 I suggested walnut bread, she was alarmed, I searched, found it and put it back, with her sister Elin's birthday (19th), her rule and the bakery. I promised to check such lines after every rewrite. For Elin: a knot board with “I'm a frayed knot”; Elin likes sailing and bad puns.",
  },
  ada(
    19,
    "09:05",
    "Elin laughed so hard that she cried. She hung it in the kitchen.",
    archive("Elin loved the knot board; it hangs in her kitchen.", ["family"], "How the present was received."),
    "Best possible outcome. Happy birthday to Elin from me.",
  ),
  ada(
    20,
    "07:30",
    "First run in Malmö: along the canal, 5 km, 28:00.",
    archive("Run: 5.0 km in 28:00, first one in Malmö, along the canal.", ["running"], "A run in the new city."),
    "Logged. 5:36 a kilometre after a week of boxes is very good.",
  ),
  ada(
    20,
    "18:20",
    "What was my fastest run so far?",
    lookUp("fastest run km", "The runs are in my archive."),
    "5.8 km in 31:40 on day 13: 5:28 a kilometre.",
  ),
  ada(
    21,
    "12:40",
    "Household: we still need to tell the post office the new address.",
    insert("household", "To do: new address at the post office", "A task for the shared list."),
    "On the list.",
  ),
  bo(
    21,
    "13:02",
    "Bo, how long does forwarding mail take to start?",
    insert("household", "Post: forwarding starts about 3 working days after the request", "A fact for the list."),
    "About three working days after you ask for it. I put that next to the task.",
  ),
  ada(
    22,
    "08:44",
    "Read our list back to me?",
    "Van: the 16th, 590 kr (done). Electricity in Lund (done, you said). Boxes (done). Post office: open; forwarding takes about three working days after you ask.",
  ),
  { at: [23, "09:00"], act: "edit-prompt", line: "When you are asked about a number, say where it comes from." },
  ada(
    23,
    "19:15",
    "How many kilometres did I run in all?",
    lookUp("Run km", "I need all runs from the archive.", 5),
    "From the runs in my archive: 5.2 + 4.8 + 5.5 + 6.0 + 5.8 + 5.0 = 32.3 km. There may be more that you did not tell me.",
  ),
  ada(
    24,
    "20:30",
    "Nervous about starting at Fathom.",
    "Write the first example on the first day: one request, one map. Everything else grows from it, and people will remember who wrote the line that worked.",
  ),
  ada(
    25,
    "07:25",
    "6.4 km! 35:00!",
    archive("Run: 6.4 km in 35:00. Longest so far.", ["running"], "A new longest run."),
    "Longest so far: 6.4 km at 5:28 a kilometre, as fast as your fastest.",
  ),
  ada(
    26,
    "11:00",
    "Elin asks whether I can bring a cake on Sunday. Ideas?",
    "A lemon cake with poppy seeds: no nuts, and it keeps moist. I checked: your allergy is in my memory, and poppy seeds are no nuts, but look at the packet for traces.",
  ),
  ada(26, "11:02", "See, that is how it should be.", "Thank you. The line stays where I always see it."),
  ada(
    27,
    "18:05",
    "What did I say about the wind once?",
    recall("wind", "She asks about something she said: recall, not the archive."),
    "After Kullaberg you wrote: “Windy but wonderful.”",
  ),
  ada(
    28,
    "21:45",
    "Tell me three things you are sure of about me.",
    "1. Nuts are off the table, literally.\n2. Examples come first.\n3. You would rather run at six in the morning than talk about it.",
  ),
  ada(
    29,
    "07:40",
    "5.1 km, easy.",
    archive("Run: 5.1 km, easy.", ["running"], "A run to log."),
    "Logged, easy is good before a first week.",
  ),
  ada(
    29,
    "20:10",
    "Two days to go. Make me a first-week list for Fathom.",
    lookUp("Fathom", "What I know of Fathom goes into the list."),
    "1. One request, one map: the first example.\n2. Ask who reads the docs today, and where they give up.\n3. Find the field that is documented wrongly. There is always one.\n4. Add a test.\n5. Run on Wednesday.",
  ),
  ada(
    30,
    "07:15",
    "Run done, 5.5 in 30:01. See you on the other side.",
    archive("Run: 5.5 km in 30:01, the day before Fathom.", ["running"], "A run to log."),
    insert("human", "First day at Fathom is tomorrow (day 31)", "I should ask how it went."),
    "Logged. Go and write the first example. I will ask how it went.",
  ),
];

/** Small talk of ordinary days, so that the past has their length too: said and answered, with nothing to remember. */
export const ASIDES: [say: string, reply: string][] = [
  [
    "Is “utilise” ever better than “use”?",
    "No. “Use the token”, not “utilise the token”. I can't think of an exception.",
  ],
  [
    "How long do I boil an egg for soft?",
    "Six minutes from boiling water, then cold water. Five and a half if it is small.",
  ],
  [
    "What is the Swedish word for serendipity?",
    "People say “lyckträff”, a lucky hit; it is not quite the same, but close.",
  ],
  ["Give me a word for 'very tired'.", "Spent. Or, with more drama: shattered."],
  ["Should a changelog be in the past tense?", "Added, changed, removed: yes. It says what happened, not what to do."],
  [
    "How do I get red wine out of a tablecloth?",
    "Cold water at once, then salt or soda, then wash at 40 °C. Hot water first sets the stain.",
  ],
  ["Is it 'data is' or 'data are'?", "In API docs: “data is”. Nobody has ever asked for a datum."],
  ["One stretch after running?", "Calf against a wall: 30 seconds a side, heel down, knee straight."],
  ["Tell me something small and true.", "Barnacles decide once where to stay, for life. They must be sure."],
  [
    "How many words should an error message have?",
    "As many as it takes to say what happened and what to do: often about fifteen.",
  ],
];

/** How a day begins and ends, in turn. */
export const GREETINGS: { morning: [say: string, reply: string]; night: [say: string, reply: string] }[] = [
  {
    morning: ["Good morning.", "Good morning, Mara. What is first today?"],
    night: ["Good night.", "Good night, Mara. Sleep well."],
  },
  {
    morning: ["Morning, Ada!", "Morning! Coffee first, I assume."],
    night: ["Off to bed.", "Rest well. Tomorrow can wait until tomorrow."],
  },
  {
    morning: ["Hej hej.", "Hej, Mara! Ready when you are."],
    night: ["That's it for today.", "A full day. Good night."],
  },
];
