"""upgraph graph: drawings that other programs can read."""

import os
import unittest
import xml.etree.ElementTree

import box

SVG = "{http://www.w3.org/2000/svg}"


def boxes(root):
    return [node for node in root.iter(SVG + "rect") if node.get("class").startswith("box")]


class Graph(box.BoxTest):
    def draw(self, *words):
        result = self.run_program("graph", *words)
        self.assertEqual(result.code, 0, result)
        return result.out

    def test_svg_is_xml_and_needs_nothing_else(self):
        text = self.draw("box.upg", "--format", "svg")
        root = xml.etree.ElementTree.fromstring(text.encode())
        self.assertEqual(root.tag, SVG + "svg")
        self.assertEqual(len(boxes(root)), 5)
        self.assertEqual(text.count("http"), 1, "only the name of the format")
        self.assertEqual(text, self.draw("box.upg", "--as", "svg"))
        back = self.draw("box.upg", "--as", "svg", "--back")
        self.assertEqual(len(boxes(xml.etree.ElementTree.fromstring(back.encode()))), 4)
        self.draw("box.upg", "--as", "svg", "-o", "box.svg")
        with open(os.path.join(self.folder, "box.svg"), encoding="utf-8") as file:
            self.assertEqual(file.read(), text)

    def test_texts_of_a_spec_are_no_markup(self):
        with open(self.spec, "w", encoding="utf-8") as file:
            file.write(box.SPEC.replace('"/opt/box"', '"/opt/<b x=\'1\'>&amp;]]>é"'))
        root = xml.etree.ElementTree.fromstring(self.draw("box.upg", "--as", "svg").encode())
        titles = [node.text for node in root.iter(SVG + "title")]
        self.assertTrue(any("<b x='1'>&amp;]]>é" in title for title in titles), titles)

    def test_two_hundred_steps_stay_readable(self):
        branches = "\n".join(f'      files.remove("/srv/box/{i}")' for i in range(100))
        chain = "\n".join(f'    files.remove("/srv/rest/{i}")' for i in range(100))
        with open(self.spec, "w", encoding="utf-8") as file:
            file.write(box.SPEC.replace(
                "  switch {\n", f"  switch {{\n    parallel {{\n{branches}\n    }}\n{chain}\n", 1))
        root = xml.etree.ElementTree.fromstring(self.draw("box.upg", "--as", "svg").encode())
        places = [tuple(float(node.get(name)) for name in ("x", "y", "width", "height"))
                  for node in boxes(root)]
        self.assertEqual(len(places), 205)
        self.assertLess(float(root.get("width")), 4000)
        for i, (x, y, width, height) in enumerate(places):
            for other_x, other_y, other_width, other_height in places[:i]:
                self.assertTrue(x >= other_x + other_width or other_x >= x + width or
                                y >= other_y + other_height or other_y >= y + height)


if __name__ == "__main__":
    unittest.main()
