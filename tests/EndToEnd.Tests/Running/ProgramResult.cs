using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Monorepo.EndToEnd.Tests.Running;

/// <summary>What a program left behind.</summary>
internal sealed partial record ProgramResult(string CommandLine, int ExitCode, byte[] Output, string Errors)
{
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>The numbers of the line that --stats prints.</summary>
    public FetchNumbers Stats
    {
        get
        {
            Match line = StatsLine().Match(Errors);
            Assert.True(line.Success, $"No line of statistics after {CommandLine}: {Errors}");
            return new FetchNumbers(Number(line, "trips"), Number(line, "objects"), Number(line, "bytes"), Number(line, "cached"), line.Groups["by"].Value);
        }
    }

    public ProgramResult Succeeds() => ExitsWith(0);

    public ProgramResult ExitsWith(int code)
    {
        Assert.True(ExitCode == code, $"{CommandLine} exited with {ExitCode}, not {code}:\n{Errors}{(Output.Length < 2_000 ? Text : "")}");
        return this;
    }

    private static long Number(Match line, string group) => long.Parse(line.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^stats: (?<trips>\d+) round trips?, (?<objects>\d+) objects?, (?<bytes>\d+) bytes received, (?<cached>\d+) from the cache(, by (?<by>[^,\n]*))?,",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex StatsLine();
}

/// <param name="RoundTrips">Requests that waited for an answer.</param>
/// <param name="Objects">Objects that came from the server.</param>
/// <param name="BytesReceived">Their envelopes' bytes.</param>
/// <param name="Cached">Objects that were here already.</param>
/// <param name="By">The transports that carried contents: "ucx", "grpc", joined by "+".</param>
internal sealed record FetchNumbers(long RoundTrips, long Objects, long BytesReceived, long Cached, string By);
