"""English words with which people say how somebody looks; enough to tell English by, no more."""

_WORDS = """
people person man men woman women lady ladies gentleman gentlemen guy male female boy girl child
children kid toddler baby teen teenager teenage youth adult elder elderly senior student worker
officer police guard pedestrian customer passenger individual human figure mother father couple
group friend old older young younger middle age year early late twenties thirties forties fifties
sixties chap dude bloke businessman nurse soldier asian african european hispanic caucasian
american

body build built tall taller short shorter slim slender thin skinny lean fat heavy heavyset
overweight stocky large big bigger small medium average petite chubby muscular athletic height
weight skin complexion fair pale tanned face head ear eye nose mouth chin neck shoulder chest arm
elbow wrist hand finger waist hip belly stomach back leg knee ankle thigh calf foot feet bare

hair bald blond blonde brunette ginger redhead curly straight wavy frizzy afro braid dreadlocks
ponytail pigtails bun bangs fringe shaved buzz cropped beard mustache moustache goatee stubble
curls bob cut haircut pony tail facial makeup lipstick tattoo

color colour black white gray grey red blue green yellow orange pink purple violet lilac lavender
magenta brown tan khaki beige cream ivory olive teal turquoise cyan navy maroon burgundy gold
golden silver bronze copper charcoal mint peach coral rust mustard lime royal sky forest wine dark
darker light lighter bright pastel neon faded multicolor colorful reddish bluish whitish

pattern print stripe pinstriped plaid checkered check dot dotted polka spotted floral flower
flannel camouflage camo tie dye graphic logo symbol emblem square letter text writing number
picture image design solid plain trim trimmed lining lined horizontal vertical diagonal

clothes clothing clothed clad costume uniform outfit attire garment worn dress shirt undershirt
tee polo top blouse sweater sweatshirt pullover jumper cardigan hoodie hood jacket coat overcoat
trenchcoat trench parka windbreaker raincoat rain anorak puffer puffy padded quilted blazer suit
tuxedo vest waistcoat jersey tank tunic robe gown poncho shawl cape apron overall jumpsuit romper
scrubs bra bikini swimsuit pajamas pant trouser slacks jean denim chinos cargo corduroy capri
leggings stocking hose joggers sweatpants tracksuit track skirt kilt miniskirt mini maxi length
underwear sleeve sleeveless collar neckline turtleneck button zip zipper zipped pocket cuff rolled
rolling tucked untucked lace ruffles ruffled pleated ripped torn baggy loose loosely fitting
fitted tight tightly flared wide narrow strap strapless strappy belt buckle knit knitted wool
woolen cotton leather fur furry fleece silk satin linen velvet mesh sheer shiny suede

shoe sneaker trainer tennis running boot sandal flip flop slipper heel pump flat wedge loafer sock
sole barefoot toe

hat cap beanie baseball bucket sun visor helmet bandana headband headscarf hijab turban veil
hairband headphones earphones earbuds glasses eyeglasses sunglasses spectacles goggles mask scarf
scarves bow necktie glove mitten jewelry necklace earring bracelet ring watch wristwatch lanyard
badge id pin

bag backpack rucksack purse handbag tote satchel messenger crossbody duffel briefcase suitcase
luggage trolley cart pouch fanny pack sack plastic paper shopping grocery package box umbrella
parasol phone cell cellphone mobile smartphone camera book notebook folder newspaper bottle cup
coffee drink food water cane stick crutch wheelchair stroller pram bicycle bike scooter skateboard
motorcycle dog leash ball racket guitar keys tablet laptop computer cigarette object item

walk run stand sit sitting ride riding carry carries carried hold held pull push drag dragging
talk look facing turn bend bent raise hang slung swing cross point smile smiling smoke smoking eat
read use show shown see seen visible cover match move moving step stepping go get put take taking
keep

left right front rear side center upper lower bottom part half above below beneath underneath
between near next past away forward backward street road sidewalk ground floor wall stair door car
bus train station shop store park photo frame background two three four five first second pair
single several few much more most less least all every same different similar long longer full
high low tiny huge thick little bit lot kind sort type style casual formal sporty fashionable
modern traditional business work school summer winter somewhat slightly almost nearly fairly
really likely mostly partly completely open closed unbuttoned unzipped because lost like something
well closely inside set where when how why if yes find please
"""
SPOKEN = frozenset(_WORDS.split())
