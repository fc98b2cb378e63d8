using System.Net;
using System.Net.Http.Json;
using MoELab.Board;

namespace MoELab.Tests.Board;

/// <summary>A board on a free port, and a client that has its cookie.</summary>
internal sealed class OpenBoard : IAsyncDisposable
{
    private readonly BoardServer _server;

    private OpenBoard(BoardServer server)
    {
        _server = server;
        Client = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(server.Address, "/") };
    }

    public Uri Address => _server.Address;

    public HttpClient Client { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="runs">The folder of runs.</param>
    /// <param name="port">The port; 0 for any free one.</param>
    /// <param name="queryTime">How long a query may take; null for as long as usual.</param>
    public static async Task<OpenBoard> Over(string runs, int port = 0, TimeSpan? queryTime = null)
    {
        var options = new BoardOptions(runs, port);
        var board = new OpenBoard(await BoardServer.StartAsync(queryTime is { } most ? options with { QueryTime = most } : options, Cancel));
        var page = await board.Client.GetStringAsync(board.Address, Cancel);
        Assert.Contains("MoELab board", page);
        return board;
    }

    public async Task<JsonNode> Get(string path, HttpStatusCode expected = HttpStatusCode.OK) => await Read(await Client.GetAsync(path, Cancel), expected);

    public async Task<JsonNode> Post(string path, object body, HttpStatusCode expected = HttpStatusCode.OK) =>
        await Read(await Client.PostAsJsonAsync(path, body, Cancel), expected);

    /// <summary>The sentence with which a request is refused.</summary>
    public async Task<string> Refusal(string path, object? body = null, HttpStatusCode expected = HttpStatusCode.BadRequest) =>
        (body is null ? await Get(path, expected) : await Post(path, body, expected))["error"]!.ToString();

    /// <summary>The rows of the list by name.</summary>
    public async Task<Dictionary<string, JsonNode>> Rows() =>
        (await Get("api/runs"))["rows"]!.AsArray().ToDictionary(r => r!["name"]!.ToString(), r => r!);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }

    private static async Task<JsonNode> Read(HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == expected, $"{response.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }
}
