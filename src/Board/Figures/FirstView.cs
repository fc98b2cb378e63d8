using System.Net;

namespace MoELab.Board.Figures;

/// <summary>Asks for what a page asks for first, while its address is being opened: code is compiled by then, and logs are read.</summary>
internal static class FirstView
{
    // As many as the page chooses by itself, and two of the charts that it begins with.
    private const int Runs = 6;

    private static readonly string[] Metrics = ["loss", "eval/bits_per_byte"];

    /// <summary>Asks as a browser does.</summary>
    /// <param name="address">The board's address with its token.</param>
    /// <param name="cancel">When the board stops.</param>
    public static async Task Prepare(Uri address, CancellationToken cancel)
    {
        try
        {
            using var client = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(address, "/") };
            await client.GetByteArrayAsync(address, cancel).ConfigureAwait(false);
            var list = JsonNode.Parse(await client.GetByteArrayAsync("api/runs", cancel).ConfigureAwait(false))!;
            var names = list["rows"]!.AsArray().Where(r => (int)r!["step"]! > 0 && !(bool)r["archived"]!).Take(Runs)
                .Select(r => $"&run={Uri.EscapeDataString(r!["name"]!.ToString())}").ToArray();
            foreach (var metric in names.Length == 0 ? [] : Metrics)
            {
                using var picture = await client.GetAsync($"api/curves?metric={metric}{string.Concat(names)}", cancel).ConfigureAwait(false);
                await picture.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            // Who looks is told.
        }
    }
}
