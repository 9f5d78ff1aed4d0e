using System.Diagnostics;
using System.Globalization;

namespace Monorepo.EndToEnd.Tests.Running;

/// <summary>One run of a program with its output captured. Disposing kills it if it still runs.</summary>
internal sealed class ProgramRun : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly string _commandLine;
    private readonly MemoryStream _output = new();
    private readonly Task _copying;
    private readonly Task<string> _errors;

    private ProgramRun(string program, string directory, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        _commandLine = $"{Path.GetFileName(program)} {string.Join(' ', arguments)}";
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        _process.StandardInput.Close();
        _copying = _process.StandardOutput.BaseStream.CopyToAsync(_output);
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public static ProgramRun Start(string program, string directory, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        new(program, directory, environment, arguments);

    /// <summary>Ends when the program does.</summary>
    public Task Exited => _process.WaitForExitAsync();

    public async Task<ProgramResult> FinishAsync()
    {
        try
        {
            await Task.WhenAll(_copying, _errors, Exited).WaitAsync(s_patience);
        }
        catch (TimeoutException e)
        {
            _process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{_commandLine} did not end within {s_patience}.", e);
        }

        return new ProgramResult(_commandLine, _process.ExitCode, _output.ToArray(), await _errors);
    }

    /// <summary>As Ctrl-C, and waits for the end.</summary>
    public async Task<ProgramResult> InterruptAsync()
    {
        using Process kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WaitAsync(s_patience);
        return await FinishAsync();
    }

    /// <summary>kill -9, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await Exited.WaitAsync(s_patience);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        _output.Dispose();
    }
}
