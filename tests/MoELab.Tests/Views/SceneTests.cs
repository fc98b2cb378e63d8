using System.Xml.Linq;
using MoELab.Views.Html;
using MoELab.Views.Scenes;
using SkiaSharp;

namespace MoELab.Tests.Views;

public sealed class SceneTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void What_comes_into_a_hole_of_markup_is_escaped_unless_it_is_markup()
    {
        var name = "<b> & \"c\" 'd' \u0001";
        var inner = Markup.Of($"<i>{name}</i>");
        Assert.Equal("<i>&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; \uFFFD</i>", inner.Html);
        Assert.Equal($"<p title=\"1.5\">{inner.Html}{inner.Html}</p>", Markup.Of($"<p title=\"{1.5:0.##}\">{new[] { inner, inner }.Select(m => m)}{null as string}</p>").Html);
    }

    [Fact]
    public void A_scene_is_one_picture_as_svg_and_as_png()
    {
        var scene = new Scene(40, 30, "a <label>").Rect(0, 0, 20, 30, "h0", "left & blue").Dot(30, 15, 6, "b-c1").Line(0, 29, 40, 29, "ax")
            .Polyline([(1, 1), (2, 2)], "l c0").Polyline([(1, 1)], "l c0").Area([(22, 1), (26, 1), (24, 4)], "b-c2").Text(2, 12, "a < b", "s");
        var root = XDocument.Parse(SvgWriter.Write(scene).Html).Root!;
        Assert.Equal("a <label>", root.Attribute("aria-label")!.Value);
        Assert.Equal(["style", "rect", "circle", "line", "path", "path", "text"], root.Elements().Select(e => e.Name.LocalName));
        Assert.Equal("left & blue", root.Element(Svg + "rect")!.Value);
        Assert.Equal("M22 1L26 1L24 4Z", root.Elements(Svg + "path").Last().Attribute("d")!.Value);
        foreach (var dark in new[] { false, true })
        {
            using var bitmap = SKBitmap.Decode(PngWriter.Write(scene, 80, dark: dark));
            var colors = Palette.ColorTable(dark);
            Assert.Equal((80, 60), (bitmap.Width, bitmap.Height));
            Assert.Equal(SKColor.Parse(colors["h0"]), bitmap.GetPixel(30, 50));
            Assert.Equal(SKColor.Parse(colors["c1"]), bitmap.GetPixel(60, 30));
            Assert.Equal(SKColor.Parse(colors["paper"]), bitmap.GetPixel(78, 2));
        }
    }

    [Fact]
    public void The_portable_picture_is_the_same_svg()
    {
        var scene = new Scene(10, 10, "x").Text(1, 9, "y");
        var image = SvgWriter.Image(scene).Html;
        Assert.Equal(SvgWriter.Write(scene).Html, Encoding.UTF8.GetString(Convert.FromBase64String(image[(image.IndexOf("base64,", StringComparison.Ordinal) + 7)..^2])));
    }

    [Fact]
    public void Every_class_of_the_style_table_has_one_rule_in_the_style_sheet() =>
        Assert.All(MarkStyle.All, s => Assert.Equal(2, Palette.Css.Split($".ml {(s.Name == "text" ? "" : ".")}{s.Name}{{").Length));

    [Fact]
    public void The_kernels_logo_has_the_pixels_that_its_name_says()
    {
        var folder = MoELab.Jupyter.KernelSpec.Install(TestFolders.New("kernels"));
        foreach (var size in new[] { 32, 64 })
        {
            using var logo = SKBitmap.Decode(Path.Combine(folder, $"logo-{size}x{size}.png"));
            Assert.Equal((size, size), (logo.Width, logo.Height));
            Assert.Equal(SKColor.Parse("#f28e2b"), logo.GetPixel(size / 4, size / 4));
            Assert.Equal(0, logo.GetPixel(0, 0).Alpha);
        }
        Assert.Equal(10, XDocument.Load(Path.Combine(folder, "logo-svg.svg")).Root!.Elements(Svg + "rect").Count());
    }
}
