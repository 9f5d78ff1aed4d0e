using System.CommandLine;

namespace Monorepo.Admin.Commands;

/// <summary><c>--data</c> or <c>--server</c>: exactly one says which repositories a command works on.</summary>
internal sealed class TargetOptions
{
    private readonly Option<string?> _data = new("--data") { Description = "The data directory, while no monorepod serves it.", HelpName = "DIR" };
    private readonly Option<string?> _server = new("--server") { Description = "A running monorepod, such as http://127.0.0.1:8940.", HelpName = "URL" };

    public void AddTo(Command command)
    {
        command.Options.Add(_data);
        command.Options.Add(_server);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_data) is null == result.GetValue(_server) is null)
                result.AddError("Give either --data DIR or --server URL.");
            else if (result.GetValue(_server) is { } text && !IsServer(text))
                result.AddError($"'{text}' is no server's URL: give one such as http://127.0.0.1:8940.");
        });
    }

    /// <summary>The data directory, absolute; null where a server was given.</summary>
    public string? Data(ParseResult parse) => parse.GetValue(_data) is { } data ? Path.GetFullPath(data) : null;

    /// <summary>The server; null where a data directory was given.</summary>
    public Uri? Server(ParseResult parse) => parse.GetValue(_server) is { } server ? new Uri(server) : null;

    private static bool IsServer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && (uri.Scheme is "http" or "https") && uri.PathAndQuery == "/";
}
