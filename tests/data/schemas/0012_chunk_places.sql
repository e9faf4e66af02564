-- A chunk of two sections on two pages, which begins with a repeated line.

UPDATE chunks SET carried = 1, places = '[{"start":20,"heading_path":["Parking","Cars"],"page":2}]'
WHERE id = x'10b4a64863705058938faf66cb478dd4';
