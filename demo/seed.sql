-- seed-version: 1
--
-- The demo's data: 5,000 users, 50,000 pitches, 100,000 FHIR patients, 2,000 product keys with
-- 20,000 knowledge entries, and 200,000 messages. All of it is invented, and the same on every
-- machine: each row's choices are bytes of the SHA-512 of its kind and number, so that nothing is
-- random and no choice leans on another. Meant to run in one transaction.

-- Never empties tables that hold somebody's own rows.
do $$
begin
    if not exists (select from demo_seed) and (
        exists (select from users) or exists (select from pitches)
        or exists (select from fhir_resources) or exists (select from product_keys)
    ) then
        raise exception 'these tables hold rows that the demo did not write: they stay as they are'
            using hint = 'Point DATABASE_URL at an empty database, or leave the demo data out.';
    end if;
end
$$;

set local work_mem = '128MB';
-- The GIN indexes take their entries in one go at the end instead of a little at a time.
set local gin_pending_list_limit = '512MB';
set local timezone = 'UTC';
-- Compiling these statements takes longer than it saves.
set local jit = off;

truncate users, pitches, fhir_resources, product_keys, custom_knowledge, conversations, demo_seed
    restart identity;

-- Words to draw from. The rows stay whole (no TOAST): each is read some million times.
create temporary table words with (toast_tuple_target = 8160) on commit drop as
select
    array[
        'Amina', 'Ana', 'Anna', 'Aisha', 'Beatriz', 'Bianca', 'Camille', 'Carmen', 'Chiara',
        'Chloe', 'Clara', 'Daria', 'Elena', 'Elif', 'Emma', 'Esther', 'Eva', 'Fatima', 'Freya',
        'Gabriela', 'Grace', 'Greta', 'Hana', 'Hannah', 'Helena', 'Ines', 'Ingrid', 'Irene',
        'Isabel', 'Ivana', 'Jana', 'Julia', 'Kaya', 'Keiko', 'Laila', 'Laura', 'Leila', 'Lena',
        'Lucia', 'Lucy', 'Magda', 'Mai', 'Maria', 'Marta', 'Maya', 'Mei', 'Mia', 'Mina', 'Mira',
        'Nadia', 'Naomi', 'Nina', 'Noor', 'Nora', 'Olga', 'Olivia', 'Petra', 'Priya', 'Rosa',
        'Ruth', 'Sana', 'Sara', 'Sofia', 'Sonia', 'Stella', 'Tara', 'Teresa', 'Valeria', 'Vera',
        'Yara', 'Yuki', 'Zahra', 'Zoe'
    ] as female,
    array[
        'Aaron', 'Adam', 'Ahmed', 'Alan', 'Alex', 'Amir', 'Anders', 'Andre', 'Anton', 'Arjun',
        'Ben', 'Bilal', 'Boris', 'Bruno', 'Carlos', 'Chen', 'Cyril', 'Dan', 'Daniel', 'Dario',
        'David', 'Diego', 'Dmitri', 'Elias', 'Emil', 'Eric', 'Fabian', 'Felix', 'Filip', 'Finn',
        'Gabriel', 'George', 'Hamza', 'Hassan', 'Hugo', 'Ian', 'Ibrahim', 'Igor', 'Ivan',
        'Jakob', 'James', 'Jan', 'Javier', 'Jonas', 'Jorge', 'Kai', 'Karim', 'Kenji', 'Kofi',
        'Lars', 'Leo', 'Liam', 'Luca', 'Lukas', 'Marco', 'Mateo', 'Max', 'Milan', 'Mohamed',
        'Nils', 'Noah', 'Omar', 'Oscar', 'Otto', 'Pablo', 'Paul', 'Pedro', 'Rafael', 'Ravi',
        'Rui', 'Samuel', 'Sven', 'Tariq', 'Theo', 'Tomas', 'Victor', 'Viktor', 'Wei', 'Yusuf',
        'Zoran'
    ] as male,
    array[
        'Abbott', 'Adeyemi', 'Aguilar', 'Ahmed', 'Ali', 'Almeida', 'Alvarez', 'Andersen',
        'Anderson', 'Andrade', 'Aoki', 'Bailey', 'Baker', 'Banerjee', 'Barbieri', 'Barros',
        'Bauer', 'Becker', 'Bell', 'Bennett', 'Berg', 'Bianchi', 'Blanc', 'Boateng',
        'Bondarenko', 'Borges', 'Brandt', 'Brown', 'Bruno', 'Byrne', 'Campbell', 'Cardoso',
        'Carter', 'Castillo', 'Chan', 'Chandra', 'Chen', 'Clark', 'Colombo', 'Conti', 'Costa',
        'Cruz', 'Dahl', 'Das', 'Davies', 'Delgado', 'Demir', 'Diaz', 'Dubois', 'Dumont', 'Duran',
        'Eklund', 'Ellis', 'Evans', 'Farah', 'Fernandez', 'Ferrari', 'Fischer', 'Flores',
        'Foster', 'Fournier', 'Franco', 'Fujita', 'Gallo', 'Garcia', 'Gomez', 'Gonzalez', 'Gray',
        'Greco', 'Gruber', 'Gupta', 'Haas', 'Hall', 'Hansen', 'Haddad', 'Hayashi', 'Hernandez',
        'Hoffmann', 'Holm', 'Horvat', 'Hughes', 'Hussain', 'Ibrahim', 'Ito', 'Ivanova',
        'Jackson', 'Jansen', 'Jensen', 'Jimenez', 'Johansson', 'Johnson', 'Jones', 'Kamara',
        'Kaplan', 'Kato', 'Kaur', 'Keller', 'Kelly', 'Khan', 'Kim', 'Kimura', 'King', 'Klein',
        'Koch', 'Kovacs', 'Kowalski', 'Kozlov', 'Kumar', 'Lam', 'Lang', 'Larsen', 'Laurent',
        'Lee', 'Lehmann', 'Leon', 'Lewis', 'Li', 'Lim', 'Lindgren', 'Liu', 'Lopez', 'Lund', 'Ma',
        'Maier', 'Mancini', 'Marino', 'Martin', 'Martinez', 'Mbeki', 'Medina', 'Mehta', 'Mendes',
        'Mensah', 'Meyer', 'Miller', 'Mitchell', 'Mohamed', 'Moore', 'Morales', 'Moreau',
        'Moretti', 'Morris', 'Mueller', 'Murphy', 'Nair', 'Nakamura', 'Navarro', 'Nelson',
        'Nguyen', 'Nielsen', 'Nkosi', 'Novak', 'Nowak', 'Obi', 'O''Brien', 'Okafor', 'Okoye',
        'Oliveira', 'Olsen', 'Ortega', 'Osei', 'Owen', 'Park', 'Patel', 'Pavlov', 'Pereira',
        'Perez', 'Petrov', 'Phillips', 'Pinto', 'Popescu', 'Price', 'Quinn', 'Ramirez', 'Ramos',
        'Rao', 'Reed', 'Reyes', 'Ricci', 'Richter', 'Rivera', 'Roberts', 'Robinson', 'Rodriguez',
        'Rojas', 'Romano', 'Rossi', 'Roux', 'Ruiz', 'Russo', 'Saito', 'Salazar', 'Sanchez',
        'Santos', 'Sato', 'Schmidt', 'Schneider', 'Schulz', 'Scott', 'Shah', 'Sharma', 'Silva',
        'Singh', 'Smith', 'Soto', 'Souza', 'Stewart', 'Suzuki', 'Svensson', 'Szabo', 'Takahashi',
        'Tan', 'Taylor', 'Thomas', 'Thompson', 'Torres', 'Tran', 'Turner', 'Vargas', 'Vasquez',
        'Vega', 'Vogel', 'Wagner', 'Walker', 'Wang', 'Ward', 'Watanabe', 'Weber', 'White',
        'Williams', 'Wilson', 'Wolf', 'Wong', 'Wood', 'Wright', 'Wu', 'Yamada', 'Yang', 'Yilmaz',
        'Young', 'Yusuf', 'Zhang', 'Zhou', 'Ziegler', 'Zimmermann'
    ] as families,
    array[
        'Aberdeen', 'Antwerp', 'Athens', 'Auckland', 'Austin', 'Barcelona', 'Bergen', 'Berlin',
        'Bilbao', 'Bologna', 'Boston', 'Bristol', 'Cardiff', 'Chicago', 'Cork', 'Denver',
        'Dublin', 'Edinburgh', 'Geneva', 'Ghent', 'Glasgow', 'Gothenburg', 'Graz', 'Halifax',
        'Hamburg', 'Helsinki', 'Innsbruck', 'Kyoto', 'Leeds', 'Leipzig', 'Lisbon', 'Ljubljana',
        'Lyon', 'Madison', 'Malmo', 'Marseille', 'Milan', 'Montreal', 'Munich', 'Nairobi',
        'Oakland', 'Oslo', 'Ottawa', 'Perth', 'Porto', 'Portland', 'Prague', 'Riga', 'Rotterdam',
        'Seattle', 'Tallinn', 'Toronto', 'Turin', 'Utrecht', 'Valencia', 'Vienna', 'Vilnius',
        'Warsaw', 'Wellington', 'Zurich'
    ] as cities,
    array[
        'AB', 'VAN', 'ATT', 'AUK', 'TX', 'CT', 'VL', 'BE', 'PV', 'BO', 'MA', 'BST', 'CRF', 'IL',
        'CO', 'CO', 'D', 'EDH', 'GE', 'VOV', 'GLG', 'VGR', 'ST', 'NS', 'HH', 'UUS', 'T', 'KYO',
        'LDS', 'SN', 'LIS', 'LJU', 'ARA', 'WI', 'SKA', 'PAC', 'MI', 'QC', 'BY', 'NBO', 'CA',
        'OS', 'ON', 'WA', 'POR', 'OR', 'PHA', 'RIX', 'ZH', 'WA', 'HAR', 'ON', 'TO', 'UT', 'VC',
        'W', 'VNO', 'MZ', 'WGN', 'ZH'
    ] as states,
    array[
        'Alder Lane', 'Ash Street', 'Beacon Road', 'Birch Avenue', 'Bridge Street',
        'Canal Street', 'Cedar Road', 'Chapel Lane', 'Church Street', 'Cliff Road', 'Elm Street',
        'Field Lane', 'Forge Road', 'Garden Street', 'Grove Avenue', 'Harbour Road',
        'Hazel Close', 'High Street', 'Hill Road', 'Juniper Way', 'Lake Street', 'Linden Avenue',
        'Maple Street', 'Market Square', 'Meadow Lane', 'Mill Road', 'North Street',
        'Oak Avenue', 'Orchard Road', 'Park Street', 'Pine Street', 'Quay Street', 'River Road',
        'Rose Lane', 'School Street', 'South Street', 'Spring Lane', 'Station Road',
        'Tower Street', 'Willow Way'
    ] as streets;

create temporary table names with (toast_tuple_target = 8160) on commit drop as
select
    array[
        'Amber', 'Arbor', 'Atlas', 'Bay', 'Beam', 'Bright', 'Brook', 'Calm', 'Cedar', 'Clear',
        'Cloud', 'Copper', 'Coral', 'Dawn', 'Delta', 'Ember', 'Fern', 'Field', 'Flint', 'Fox',
        'Glade', 'Grain', 'Harbor', 'Haven', 'Hazel', 'Iron', 'Juniper', 'Lark', 'Leaf', 'Lumen',
        'Maple', 'Meadow', 'Mint', 'North', 'Nova', 'Oak', 'Orbit', 'Pebble', 'Pine', 'Quill',
        'Ridge', 'River', 'Sage', 'Silver', 'Stone', 'Tide', 'Umber', 'Willow'
    ] as name_starts,
    array[
        'base', 'bay', 'bird', 'board', 'bridge', 'craft', 'crew', 'desk', 'dock', 'fall',
        'flow', 'folk', 'gate', 'grid', 'ground', 'hub', 'kit', 'land', 'lane', 'light', 'line',
        'link', 'loom', 'loop', 'mark', 'mesh', 'mill', 'nest', 'note', 'pad', 'path', 'point',
        'port', 'post', 'root', 'scope', 'shift', 'side', 'sight', 'spring', 'stack', 'step',
        'thread', 'trail', 'wave', 'well', 'wise', 'works', 'yard'
    ] as name_ends,
    array[
        'agriculture', 'climate', 'commerce', 'education', 'energy', 'finance', 'health',
        'housing', 'logistics', 'media', 'security', 'travel'
    ] as categories,
    -- Six audiences, six products, five troubles and five tags for each category, in its order.
    array[
        'dairy farmers', 'fruit growers', 'wheat farmers', 'greenhouse growers', 'beekeepers',
        'wine makers', 'city councils', 'forest managers', 'coastal towns', 'building owners',
        'fleet operators', 'reinsurers', 'corner shops', 'market traders', 'furniture makers',
        'small brands', 'bakeries', 'bookshops', 'primary teachers', 'night-school students',
        'language tutors', 'university libraries', 'apprentices', 'science museums',
        'housing cooperatives', 'factory engineers', 'solar installers', 'grid operators',
        'hotel owners', 'island communities', 'freelancers', 'credit unions',
        'first-time savers', 'treasurers', 'import businesses', 'pensioners', 'family doctors',
        'physiotherapists', 'night nurses', 'rural clinics', 'carers at home', 'pharmacists',
        'tenants', 'housing associations', 'surveyors', 'students', 'first-time buyers',
        'facility managers', 'bicycle couriers', 'warehouse crews', 'port authorities',
        'grocery chains', 'parcel depots', 'rail freight planners', 'podcasters',
        'local newspapers', 'documentary makers', 'illustrators', 'radio stations', 'archivists',
        'hospital administrators', 'small law firms', 'school networks',
        'open-source maintainers', 'charities', 'utilities', 'night-train passengers',
        'mountain guides', 'hostel owners', 'wheelchair users', 'ferry lines', 'walking clubs'
    ] as audiences,
    array[
        'soil sensor network', 'irrigation planner', 'harvest forecast', 'herd health monitor',
        'pest early warning', 'seed exchange', 'carbon ledger', 'flood map', 'tree registry',
        'heat island model', 'emissions audit', 'methane detector', 'inventory assistant',
        'returns service', 'price tracker', 'loyalty wallet', 'storefront builder',
        'demand planner', 'reading coach', 'lesson planner', 'lab simulator',
        'marking assistant', 'peer tutoring exchange', 'vocabulary trainer', 'battery scheduler',
        'heat pump optimiser', 'solar marketplace', 'load forecast', 'leak detector',
        'turbine inspection drone', 'invoice reconciler', 'savings circle', 'fraud detector',
        'payroll service', 'currency hedge', 'budget companion', 'triage assistant',
        'medication reminder', 'appointment exchange', 'rehabilitation tracker',
        'vaccine cold chain', 'ward scheduler', 'repair hotline', 'damp monitor',
        'rental passport', 'renovation planner', 'shared laundry scheduler', 'deposit escrow',
        'route optimiser', 'pallet tracker', 'dock scheduler', 'cold chain logger',
        'customs assistant', 'empty-run exchange', 'transcript editor', 'rights ledger',
        'fact-checking desk', 'audience letter', 'footage search', 'subtitle studio',
        'phishing drill', 'dependency auditor', 'access review', 'incident notebook',
        'key vault', 'backup verifier', 'connection finder', 'trail condition map',
        'shared ticket wallet', 'luggage relay', 'quiet-season calendar',
        'accessible route planner'
    ] as products,
    array[
        'guessing when to water', 'losing crops to late frost', 'paper records at harvest',
        'vets who arrive too late', 'middlemen who set the price', 'reports that are a year old',
        'offsets that nobody can verify', 'storms that close the streets',
        'spreadsheets for every audit', 'rules that change each quarter',
        'stock that sells out on Saturday', 'returns that eat the margin',
        'marketplaces that take a fifth', 'carts left at the till', 'counting shelves by hand',
        'marking until midnight', 'classes with five levels in one room',
        'textbooks older than the pupils', 'practice without feedback',
        'labs that only the lucky can visit', 'peak tariffs', 'panels that idle at noon',
        'boilers older than their owners', 'outages without a warning',
        'meters that nobody reads', 'clients who pay late', 'fees hidden in the exchange rate',
        'month-end closings that last a week', 'loans refused by formula',
        'receipts in a shoebox', 'waiting rooms that overflow', 'missed appointments',
        'handovers on sticky notes', 'prescriptions nobody collects',
        'referrals lost in the post', 'repairs that wait for months', 'deposits that vanish',
        'viewings for forty people', 'mould behind the wardrobe',
        'contracts that nobody explains', 'trucks that return empty', 'parcels left in the rain',
        'queues at the gate', 'customs forms in triplicate', 'addresses that do not exist',
        'archives that cannot be searched', 'pictures used without a credit',
        'advertising that pays in pennies', 'interviews typed by hand',
        'rumours that travel faster', 'passwords on a whiteboard', 'alerts that nobody reads',
        'backups never restored', 'suppliers with too many rights',
        'audits that start from zero', 'connections missed by a minute',
        'maps that forget the stairs', 'beaches full in August', 'tickets for every border',
        'reviews written by machines'
    ] as troubles,
    array[
        'farming', 'sensors', 'water', 'food', 'rural', 'carbon', 'resilience', 'cities',
        'forests', 'data', 'retail', 'inventory', 'local', 'payments', 'brands', 'learning',
        'schools', 'tutoring', 'literacy', 'skills', 'solar', 'storage', 'heating', 'grid',
        'efficiency', 'banking', 'savings', 'invoices', 'compliance', 'payments', 'clinics',
        'care', 'scheduling', 'devices', 'wellbeing', 'tenants', 'repairs', 'renting',
        'buildings', 'community', 'delivery', 'freight', 'warehouses', 'routing', 'customs',
        'audio', 'video', 'journalism', 'archives', 'rights', 'privacy', 'backups', 'audit',
        'identity', 'training', 'rail', 'hiking', 'accessibility', 'tickets', 'hospitality'
    ] as category_tags,
    array[
        'hardware', 'software', 'marketplace', 'open-source', 'subscription', 'nonprofit',
        'pilot', 'seed', 'mobile', 'offline-first'
    ] as common_tags;

create temporary table phrases with (toast_tuple_target = 8160) on commit drop as
select
    array[
        'Builds things that %s need.',
        'Former teacher, now working for %s.',
        'Writes about %s and rides a bicycle to work.',
        'Ten years among %s; still curious.',
        'Looks for the simplest thing that helps %s.',
        'Engineer by day, beekeeper by night, fond of %s.'
    ] as bios,
    array[
        '%1$s are used to %2$s. %3$s ends that.',
        'Ask any of the %1$s near you about %2$s: the stories do not stop.',
        'We spent a winter among %1$s, and what wore them out was %2$s.',
        '%3$s began with a complaint that %1$s kept repeating: %2$s.',
        'For %1$s, %2$s can be dearer than rent.',
        'Nobody builds for %1$s, who live with %2$s.',
        'Between them, the %1$s in our pilot lost %4$s days to %2$s.',
        'What might %1$s do with %4$s free evenings and no more of %2$s?',
        'My grandmother knew %1$s who retired early because of %2$s.',
        'Picture %4$s %1$s in a canteen, all cursing %2$s.',
        'Every spring the same letter arrives from %1$s; its subject is %2$s.',
        'Software has ignored %1$s since the fax machine, hence %2$s.',
        'A survey of %4$s %1$s named the worst part of the job: %2$s.',
        'Money cannot repair the trust that %1$s lose over %2$s.',
        'Three of our founders were %1$s and grew tired of %2$s.',
        'Regulators will soon fine %1$s for %2$s.',
        'Inspired by a radio programme on %2$s, %3$s serves %1$s first.',
        'If you have met %1$s, you have heard of %2$s.'
    ] as openings,
    array[
        'It runs on a phone, offline too, and reconciles later.',
        'A small box listens, a model sorts, and a person decides.',
        'Members own the data and vote on who may read it.',
        'It plugs into what is already there, by way of plain files.',
        'Setting it up takes an afternoon and a screwdriver.',
        'The algorithm explains each suggestion in a sentence.',
        'Version zero was a text message, and many never wanted another.',
        'Everything is encrypted before it leaves the building.',
        'A weekly digest says what changed and what to do about it.',
        'Neighbours verify one another, so that trust travels with the record.',
        'We publish the interface, and partners have written six integrations.',
        'The sensor costs less than lunch and lasts five years on a coin cell.',
        'It learns from corrections and forgets on request.',
        'Volunteers translate it; nine languages are complete.',
        'It works in the browser, on the oldest laptop in the office.',
        'There is no account to make: a printed card is the key.'
    ] as means,
    array[
        '%1$s organisations rely on it and %2$s percent renew.',
        'A trial with %1$s participants halved the errors.',
        'Sales grew %2$s percent without advertising.',
        'The waiting list holds %1$s names.',
        'An independent university measured savings of %2$s percent.',
        'We broke even in month %2$s with %1$s subscribers.',
        'Two ministries requested a demonstration; %1$s users came by word of mouth.',
        'After %2$s weeks, %1$s of the testers still opened it daily.',
        'The prototype survived %1$s cycles in salt spray.',
        'Support answers within %2$s minutes, and satisfaction shows it.',
        'A panel of %2$s critics ranked it above every rival.',
        'Churn fell below %2$s per thousand.',
        '%1$s volunteers tested the beta through a rainy autumn.',
        'The regional prize brought %1$s visitors to our booth.',
        'Insurers discount their premium by %2$s euros for whoever installs it.',
        'Over %1$s samples its accuracy beat the incumbent.'
    ] as proofs,
    array[
        'We are raising %1$s thousand to hire two engineers.',
        'We look for a distribution partner in the north.',
        'A grant of %1$s thousand would certify the device.',
        'We need a designer who loves forms.',
        'A launch in the capital follows, for which we seek EUR %1$s,000.',
        'Invest, or introduce a friend who grumbles about this.',
        'The round closes in autumn; EUR %1$s,000 is committed.',
        'Who has scaled a cooperative and can mentor a team of %2$s?',
        'Help us reach %1$s more towns.',
        'The team of %2$s is looking for a salesperson.',
        'EUR %1$s,000 pays the tooling for mass production.',
        'We would rather grow slowly: revenue-based financing, please.',
        'Lend a workshop, a van or %2$s hours of legal advice.',
        'Your feedback on the pricing is worth more than capital now.',
        'Open positions: an electrician, a statistician and %2$s translators.',
        'Join the cooperative from EUR %1$s; each member has a vote.'
    ] as asks;

create temporary table talk with (toast_tuple_target = 8160) on commit drop as
select
    array[
        'plans', 'billing', 'delivery', 'moving', 'warranty', 'accounts', 'returns',
        'integrations', 'privacy', 'outages', 'installation', 'upgrades'
    ] as topics,
    array[
        'How do I change the plan of %1$s?',
        'Where do I find the invoice for %1$s?',
        'How long does delivery of %1$s take?',
        'Can I move %1$s to another address?',
        'What does the warranty of %1$s cover?',
        'How do I add a colleague to %1$s?',
        'How do I return %1$s?',
        'Does %1$s work with our calendar?',
        'Who can see what I enter in %1$s?',
        'What happens to %1$s in an outage?',
        'How do I install %1$s without an administrator?',
        'When is the next upgrade of %1$s?'
    ] as questions,
    array[
        'Open Settings, choose Plan, and confirm. The change counts from the next invoice of %1$s.',
        'Every invoice for %1$s is under Billing, as a PDF, from the day it is due.',
        'Orders of %1$s before noon leave the same day; most arrive within three.',
        'Yes. Tell us the new address a week ahead and %1$s moves without a fee.',
        'Parts and labour for two years. Water damage to %1$s is excluded, scratches are not.',
        'Owners invite colleagues by e-mail; each one sees %1$s with the rights you choose.',
        'Send %1$s back within thirty days in any box. The label is in your first e-mail.',
        'It reads and writes the common calendar format, so %1$s appears beside your meetings.',
        'Only the people you invite. Our staff look at %1$s when you ask, and it is logged.',
        '%1$s keeps the last answers and says how old they are until the connection is back.',
        'Download the portable version of %1$s: it needs no rights and leaves nothing behind.',
        'We upgrade on the first Tuesday of a month; %1$s stays up meanwhile.'
    ] as answers,
    array[
        'Hello, I cannot find the invoice for March.',
        'How do I invite a colleague?',
        'The sensor shows a red light since this morning.',
        'Is there a discount for schools?',
        'Can I export everything as a spreadsheet?',
        'My delivery says it arrived, but it did not.',
        'Which plan includes two locations?',
        'The app asks me to log in each hour.',
        'Do you support single sign-on?',
        'Can the reminders go out in Portuguese?',
        'Where is my data stored?',
        'We would like to cancel one of three seats.',
        'How exact is the forecast for a small site?',
        'Does it work without a connection?',
        'Who do I call at night?',
        'The report stops in the middle of page two.'
    ] as messages,
    array[
        'You find it under Billing, as a PDF. Shall I send it as well?',
        'Owners can invite people under Members. It takes a minute.',
        'Red means that it lost its base station. Please move it closer and wait for a minute.',
        'Yes, half the price for schools and libraries.',
        'Yes: Settings, Export. Large accounts get a link by e-mail.',
        'I am sorry. I have asked the depot and will write to you today.',
        'The team plan has up to five locations.',
        'Your browser clears its cookies at exit. Security has a switch for longer sessions.',
        'Yes, on the business plan.',
        'Yes, each recipient can have a language of their own.',
        'In the region that you chose when you signed up, and in encrypted backups there.',
        'Done. The change counts from the next invoice.',
        'Within eight percent for sites like yours, by last season''s figures.',
        'It does. Changes are kept and sent when the connection is back.',
        'The number is on the card in the box; someone answers at any hour.',
        'Thank you, that is a bug. It is fixed in the version of tonight.'
    ] as replies;

insert into users (id, handle, email, name, bio, city, created_at, updated_at)
select i,
       format('%s%s', lower(given), i),
       format('%s%s@example.com', lower(given), i),
       given || ' ' || family,
       format(p.bios[1 + get_byte(h, 4) % 6], n.audiences[1 + get_byte(h, 5) % 72]),
       w.cities[1 + get_byte(h, 6) % 60],
       joined, joined
from words w
cross join names n
cross join phrases p
cross join generate_series(1, 5000) i
cross join lateral sha512(('user ' || i)::bytea) h
cross join lateral (
    select case get_byte(h, 0) % 2
               when 0 then w.female[1 + get_byte(h, 1) % 73]
               else w.male[1 + get_byte(h, 1) % 80]
           end as given,
           w.families[1 + (get_byte(h, 2) * 256 + get_byte(h, 3)) % 245] as family,
           timestamptz '2023-01-01' + i * interval '3 hours' as joined
) person;

insert into pitches (
    id, author_id, title, body, category, tags, status, view_count, created_at, updated_at)
select i,
       1 + (get_byte(h, 0) * 65536 + get_byte(h, 1) * 256 + get_byte(h, 2)) % 5000,
       format('%s: %s for %s', called, product, audience),
       concat_ws(' ',
           upper(left(opening, 1)) || substr(opening, 2),
           format('%s is %s %s for %s.',
               called, case when product ~ '^[aeiou]' then 'an' else 'a' end, product, audience),
           p.means[1 + get_byte(h, 11) % 16],
           -- Half of them say a second thing, never the first one again.
           case when get_byte(h, 12) < 128 then
               p.means[1 + (get_byte(h, 11) + 1 + get_byte(h, 13) % 15) % 16]
           end,
           format(p.proofs[1 + get_byte(h, 14) % 16],
               3 + get_byte(h, 15) * 7, 2 + get_byte(h, 16) % 60),
           format(p.asks[1 + get_byte(h, 17) % 16],
               10 * (1 + get_byte(h, 18)), 2 + get_byte(h, 19) % 11)),
       n.categories[c + 1],
       array[n.category_tags[1 + c * 5 + get_byte(h, 20) % 5]]
           || case when get_byte(h, 21) < 160 then
                  array[n.common_tags[1 + get_byte(h, 22) % 10]]
              end,
       case when get_byte(h, 23) < 180 then 'open'
            when get_byte(h, 23) < 230 then 'funded'
            else 'closed' end,
       -- Few are read much: the square of a byte, times another.
       get_byte(h, 24) * get_byte(h, 24) * get_byte(h, 25) / 400,
       pitched, pitched + get_byte(h, 26) * interval '1 hour'
from names n
cross join phrases p
cross join generate_series(1, 50000) i
cross join lateral sha512(('pitch ' || i)::bytea) h
cross join lateral (select get_byte(h, 3) % 12 as c) chosen
cross join lateral (
    select n.name_starts[1 + get_byte(h, 4) % 48]
               || n.name_ends[1 + get_byte(h, 5) % 49] as called,
           n.products[1 + c * 6 + get_byte(h, 6) % 6] as product,
           n.audiences[1 + c * 6 + get_byte(h, 7) % 6] as audience,
           timestamptz '2024-01-01' + i * interval '17 minutes' as pitched
) named
cross join lateral (
    select format(p.openings[1 + get_byte(h, 8) % 18],
               audience, n.troubles[1 + c * 5 + get_byte(h, 9) % 5],
               called, 4 + get_byte(h, 10) % 90) as opening
) opened;

insert into fhir_resources (id, resource_type, resource, created_at, updated_at)
select i, 'Patient',
       jsonb_build_object(
           'resourceType', 'Patient',
           'id', i::text,
           'active', get_byte(h, 20) > 9,
           'identifier', jsonb_build_array(
               jsonb_build_object('use', 'official', 'system', 'https://hospital.example/mrn',
                   'value', 'MRN-' || lpad(i::text, 7, '0')),
               jsonb_build_object('use', 'secondary', 'system', 'https://insurance.example/member',
                   'value', upper(encode(substr(h, 33, 5), 'hex')))),
           'name', jsonb_build_array(jsonb_build_object(
               'use', 'official', 'family', family,
               'given', case when get_byte(h, 6) < 90
                   then jsonb_build_array(given, second) else jsonb_build_array(given) end)),
           'gender', gender,
           'address', jsonb_build_array(jsonb_build_object(
               'use', 'home',
               'line', jsonb_build_array(format('%s %s',
                   1 + get_byte(h, 10) % 199, w.streets[1 + get_byte(h, 11) % 40])),
               'city', w.cities[1 + place], 'state', w.states[1 + place],
               'postalCode', (10000 + get_byte(h, 13) * 256 + get_byte(h, 14))::text)),
           'telecom', jsonb_build_array(
               jsonb_build_object('system', 'phone', 'use', 'mobile',
                   'value', format('+1-555-%s-%s',
                       200 + get_byte(h, 15),
                       lpad(((get_byte(h, 16) * 256 + get_byte(h, 17)) % 10000)::text, 4, '0'))),
               jsonb_build_object(
                   'system', 'email', 'value', format('patient%s@example.org', i))))
       -- One in fifty has no birth date on file.
       || case when get_byte(h, 18) < 5 then '{}' else jsonb_build_object('birthDate',
              (date '1928-01-01' + (get_byte(h, 7) * 256 + get_byte(h, 8)) % 35600)::text) end,
       recorded, recorded
from words w
cross join generate_series(1, 100000) i
cross join lateral sha512(('patient ' || i)::bytea) h
cross join lateral (
    select case when get_byte(h, 0) < 125 then 'female' when get_byte(h, 0) < 250 then 'male'
                when get_byte(h, 0) < 254 then 'other' else 'unknown' end as gender,
           w.families[1 + (get_byte(h, 2) * 256 + get_byte(h, 3)) % 245] as family,
           get_byte(h, 12) % 60 as place,
           timestamptz '2022-01-01' + i * interval '20 minutes' as recorded
) person
cross join lateral (
    select case when gender = 'female' then w.female[1 + get_byte(h, 4) % 73]
                else w.male[1 + get_byte(h, 4) % 80] end as given,
           case when gender = 'female' then w.female[1 + get_byte(h, 5) % 73]
                else w.male[1 + get_byte(h, 5) % 80] end as second
) named;

insert into product_keys (id, key, owner_id, product, plan, created_at, expires_at)
select i,
       format('FB-%s-%s', lpad(i::text, 4, '0'), upper(encode(substr(h, 33, 2), 'hex'))),
       1 + (get_byte(h, 0) * 256 + get_byte(h, 1)) % 5000,
       n.name_starts[1 + get_byte(h, 2) % 48] || n.name_ends[1 + get_byte(h, 3) % 49],
       case when get_byte(h, 4) < 140 then 'free'
            when get_byte(h, 4) < 220 then 'team'
            else 'business' end,
       issued,
       case when get_byte(h, 5) < 200 then issued + interval '3 years' end
from names n
cross join generate_series(1, 2000) i
cross join lateral sha512(('key ' || i)::bytea) h
cross join lateral (select timestamptz '2024-01-01' + i * interval '7 hours' as issued) dated;

-- Ten entries a key: consecutive questions from a start of its own, so that none comes twice.
insert into custom_knowledge (
    id, product_key_id, topic, question, answer, created_at, updated_at, retired_at)
select i, k.id,
       t.topics[1 + chosen],
       format(t.questions[1 + chosen], k.product),
       format(t.answers[1 + chosen], k.product),
       written, written + get_byte(h, 1) * interval '1 day',
       case when get_byte(h, 2) < 20 then written + interval '300 days' end
from talk t
cross join generate_series(1, 20000) i
join product_keys k on k.id = 1 + (i - 1) / 10
cross join lateral sha512(('knowledge ' || i)::bytea) h
cross join lateral (
    select (k.id + i) % 12 as chosen, k.created_at + (i % 10) * interval '1 hour' as written
) drawn;

-- Question and answer by turns: two rows in a row share a user and a key.
insert into conversations (id, product_key_id, user_id, role, message, created_at)
select i,
       1 + (get_byte(h, 0) * 256 + get_byte(h, 1)) % 2000,
       1 + (get_byte(h, 2) * 256 + get_byte(h, 3)) % 5000,
       case i % 2 when 1 then 'user' else 'assistant' end,
       case i % 2
           when 1 then t.messages[1 + get_byte(h, 4) % 16]
           else t.replies[1 + get_byte(h, 4) % 16]
       end,
       timestamptz '2025-06-01' + i * interval '2 minutes'
from talk t
cross join generate_series(1, 200000) i
cross join lateral sha512(('conversation ' || (i + 1) / 2)::bytea) h;

-- The rows brought their own ids: the next ones follow on.
select setval(pg_get_serial_sequence('users', 'id'), 5000),
       setval(pg_get_serial_sequence('pitches', 'id'), 50000),
       setval(pg_get_serial_sequence('fhir_resources', 'id'), 100000),
       setval(pg_get_serial_sequence('product_keys', 'id'), 2000),
       setval(pg_get_serial_sequence('custom_knowledge', 'id'), 20000),
       setval(pg_get_serial_sequence('conversations', 'id'), 200000);

select gin_clean_pending_list('pitches_search'),
       gin_clean_pending_list('fhir_resources_identifier');

analyze users, pitches, fhir_resources, product_keys, custom_knowledge, conversations, row_counts;

refresh materialized view concurrently patient_summary;
analyze patient_summary;

insert into demo_seed (version) values ('1');
