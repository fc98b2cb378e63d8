using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MoELab.Board.Api;
using MoELab.Board.Catalog;
using MoELab.Board.Figures;
using MoELab.Board.Hosting;
using MoELab.Query;

namespace MoELab.Board;

/// <summary>A board over a folder of runs, served on this machine alone until it is disposed of.</summary>
internal sealed class BoardServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RunDatabase _database;

    private BoardServer(WebApplication app, RunDatabase database, string token)
    {
        (_app, _database) = (app, database);
        var served = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Address = new Uri($"{served}/?{BoardGuard.TokenKey}={token}");
    }

    /// <summary>What a browser opens, token included.</summary>
    public Uri Address { get; }

    /// <summary>Starts a board.</summary>
    /// <exception cref="InputException">The folder is none, or the port cannot be used.</exception>
    public static async Task<BoardServer> StartAsync(BoardOptions options, CancellationToken cancel = default)
    {
        var runs = Path.GetFullPath(options.Runs);
        if (File.Exists(runs))
            throw new InputException($"--runs: '{options.Runs}' is a file; expected a folder of runs");
        if (!Directory.Exists(runs))
            throw new InputException($"--runs: no folder '{options.Runs}'; expected a folder of runs, such as 'moelab quickstart' makes");
        if (options.Port is < 0 or > 65535)
            throw new InputException($"--port: {options.Port}; expected 0 (any free one) to 65535");
        foreach (var port in options.Port is { } asked ? (int[])[asked] : [BoardOptions.UsualPort, 0])
        {
            var database = new RunDatabase(runs, isLocked: true);
            var app = Build(runs, port, options, database);
            try
            {
                await app.StartAsync(cancel).ConfigureAwait(false);
                var board = new BoardServer(app, database, options.Token);
                _ = Task.Run(() => FirstView.Prepare(board.Address, app.Lifetime.ApplicationStopping), CancellationToken.None);
                return board;
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                await app.DisposeAsync().ConfigureAwait(false);
                database.Dispose();
                if (options.Port is not null)
                    throw new InputException($"--port: {port} cannot be used ({Reason(e)}); expected a free one, or 0 for any", e);
            }
        }
        throw new InputException("--port: no free port was found on this machine");
    }

    /// <summary>Completes when the board has stopped.</summary>
    public Task Completion => _app.WaitForShutdownAsync();

    /// <summary>Stops the board.</summary>
    public void Stop() => _app.Lifetime.StopApplication();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _database.Dispose();
    }

    // Empty: no settings of the environment or of a file in the current folder can open it to others.
    private static WebApplication Build(string runs, int port, BoardOptions options, RunDatabase database)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBody.MostBytes;
            // A picture's address names its runs.
            kestrel.Limits.MaxRequestLineSize = 1 << 16;
            kestrel.Limits.MaxRequestHeadersTotalSize = 1 << 16;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        var app = builder.Build();
        var catalog = new RunCatalog(runs);
        var store = new RunStore(catalog);
        app.Use(BoardErrors.Handle);
        app.Use(new BoardGuard(options.Token).Handle);
        app.UseRouting();
        PageEndpoints.Map(app);
        RunEndpoints.Map(app, catalog, store);
        FigureEndpoints.Map(app, catalog, store);
        QueryEndpoints.Map(app, database, options.QueryTime);
        EventEndpoint.Map(app, catalog);
        DocsEndpoints.Map(app);
        return app;
    }

    private static string Reason(Exception e) =>
        (e.InnerException ?? e) is { } cause && cause.Message.Contains("in use", StringComparison.OrdinalIgnoreCase)
            ? "another program uses it" : (e.InnerException ?? e).Message.TrimEnd('.');
}
