using System.Text.RegularExpressions;

namespace MoELab.Tests.Views;

/// <summary>The pictures in a cell's output that a front end keeps which removes SVG, styles and scripts.</summary>
internal static partial class PortablePictures
{
    /// <summary>Their SVG documents.</summary>
    public static string[] In(string html) => [.. Image().Matches(html).Select(m => Encoding.UTF8.GetString(Convert.FromBase64String(m.Groups[1].Value)))];

    /// <summary>Everything else, which must come from nowhere else.</summary>
    public static string Without(string html) => Image().Replace(html, "");

    [GeneratedRegex("<img class=\"ml\" data-svg alt=\"[^\"]*\" src=\"data:image/svg\\+xml;base64,([^\"]*)\">")]
    private static partial Regex Image();
}
