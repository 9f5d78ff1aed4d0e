using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.BlobPlane;

/// <summary>A program that is told what to do on its standard input and answers on its standard output, line by line. Ended on disposal.</summary>
internal sealed partial class ChildProgram : IAsyncDisposable
{
    private const int SignalContinue = 18;
    private const int SignalStop = 19;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;

    private ChildProgram(Process process) => _process = process;

    public int ProcessId => _process.Id;

    /// <summary>Starts this very program with other arguments, and returns with the first line that it says.</summary>
    public static Task<(ChildProgram Program, string FirstLine)> StartAsync(ProgramRunner runner, params IEnumerable<string> arguments) =>
        StartAsync(runner, isCompiledOnce: false, arguments);

    /// <param name="runner">Prepares it.</param>
    /// <param name="isCompiledOnce">
    /// As the published programs are; otherwise the runtime compiles what is used much again, minutes later too, and its memory grows by some MiB.
    /// </param>
    /// <param name="arguments">Of this program.</param>
    public static async Task<(ChildProgram Program, string FirstLine)> StartAsync(ProgramRunner runner, bool isCompiledOnce, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = runner.Prepare(Environment.ProcessPath!, Environment.CurrentDirectory, arguments);
        start.RedirectStandardError = false;
        if (isCompiledOnce)
            start.Environment["DOTNET_TieredCompilation"] = "0";
        ChildProgram child = new(Process.Start(start) ?? throw new BenchmarkException("a child did not start"));
        return (child, await child.ReadLineAsync());
    }

    public async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        return await ReadLineAsync();
    }

    public void Stop() => _ = kill(_process.Id, SignalStop);

    public void Continue() => _ = kill(_process.Id, SignalContinue);

    /// <summary>Processor time of any process so far, all threads, in seconds.</summary>
    public static double CpuSecondsOf(int process)
    {
        string stat = File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat");
        string[] words = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(words[11], CultureInfo.InvariantCulture) + long.Parse(words[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    public async ValueTask DisposeAsync() => await _process.EndAsync();

    private async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(s_patience) ?? throw new BenchmarkException("a child ended early");

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);
}
